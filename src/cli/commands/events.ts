import type { AnnouncementEnvelope } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { addressOf, shownEndpoints } from '../output/outcome.ts';
import { toJson } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, dim, green, red } from '../terminal/style.ts';

export async function run(session: Session, { options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const client = await session.connect();
  const { url } = await session.endpoint();
  terminal.note(dim(`Announcements of ${url}. Press Ctrl-C to stop.`));
  try {
    for await (const event of client.events({ tenant: options.tenant, lastEventId: options.since, signal })) {
      if (options.output === 'json') terminal.print(toJson(event));
      else if (options.output === 'name') terminal.print(toSafeLine(event.id));
      else terminal.print(describeEvent(event));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return exitCodes.done;
}

function describeEvent({ time, 'detail-type': type, detail }: AnnouncementEnvelope): string {
  const { data } = detail;
  const isTrouble = 'error' in data || 'first_seen_at' in data || type === 'Rollout Paused';
  const colour = isTrouble ? red : green;
  const subject = bold(toSafeLine(('rollout_id' in data ? data.rollout_id : data.tenant_id) ?? '-'));
  return `${dim(toSafeLine(time))}  ${colour(toSafeLine(type))}  ${subject}  ${toSafeLine(aboutOf(data))}`.trimEnd();
}

function aboutOf(data: AnnouncementEnvelope['detail']['data']): string {
  if ('error' in data) return data.error.message;
  if ('rollout_id' in data) return data.reason;
  if ('first_seen_at' in data) {
    const end = data.remove_at === undefined ? 'not removed by itself' : `removed at ${data.remove_at} at the earliest`;
    return `${data.provider_type}, ${end}`;
  }
  return shownEndpoints(data.endpoints ?? [])
    .map(addressOf)
    .join(' ');
}
