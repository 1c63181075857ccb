import type { Task } from '@aws-sdk/client-ecs';
import { UnsupportedError } from '../../../compute/errors.ts';
import {
  firstWithin,
  fitText,
  lastWithin,
  newestOfEach,
  PAGE_SOURCES,
  readCursor,
  shareOf,
  writeCursor,
} from '../../../compute/log-page.ts';
import type { LogQuery } from '../../../compute/provider.ts';
import type { LogPage } from '../../../compute/results.ts';
import { hashJson } from '../../../compute/spec/json.ts';
import { hiddenInLogs, redactor } from '../../../compute/spec/redact.ts';
import type { GetLogEvents } from '../api/logs-client.ts';
import type { EcsConfig } from '../config.ts';
import { chunks, type ProviderContext } from '../provider-context.ts';
import { findRevision } from '../rollout/task-definitions.ts';
import { listTasks, type TenantService } from '../status/observe.ts';
import type { LogCursor } from './log-cursor.ts';
import { eventsAfter, lastEvents } from './log-stream.ts';

/** Calls at once: CloudWatch Logs takes 25 a second for an account, whoever makes them. */
const AT_ONCE = 10;

/** The log group of all tenants. Throws `UnsupportedError` where there is none. */
export function logGroupOf({ log_group }: EcsConfig, provider: string): string {
  if (log_group !== undefined) return log_group;
  throw new UnsupportedError(`provider ${provider} keeps no logs, because its settings name no log_group`, {
    hint: 'The operator has to set log_group and execution_role_arn for this provider; a tenant writes there from its next version on.',
  });
}

/**
 * A page of what the containers of a tenant's newest tasks wrote, those included that ended within the hour for which ECS
 * shows them. The awslogs driver names a stream after the prefix, the container and the task.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
 */
export async function readLogPage(
  session: ProviderContext,
  found: TenantService,
  ask: GetLogEvents,
  query: LogQuery,
): Promise<LogPage> {
  const group = logGroupOf(session.config, session.provider);
  const places = query.cursor === undefined ? undefined : await placesOf(query.cursor);
  const tasks = (
    await Promise.all((['RUNNING', 'STOPPED'] as const).map((status) => listTasks(session, found, status)))
  )
    .flat()
    .toSorted((one, other) => (other.createdAt?.getTime() ?? 0) - (one.createdAt?.getTime() ?? 0));
  const streams = tasks
    .flatMap((task) => streamsOf(found.service.serviceName ?? '', task))
    .filter(({ container }) => query.container === undefined || container === query.container)
    .slice(0, PAGE_SOURCES);
  const share = shareOf(query, streams.length);
  const hide = redactor(await valuesOf(session, tasks));
  const read = async ({ container, name }: { container: string; name: string }) => {
    const stream = { ask, group, name };
    const key = hashJson(name).slice(0, 12);
    const from = places?.[key] ?? ([0, 0] as const);
    const events = places ? await eventsAfter(stream, from, share.lines) : await lastEvents(stream, share.lines);
    const lines = events.map(({ time, message, place }) => ({
      container,
      time: new Date(time).toISOString(),
      text: fitText(hide(message)),
      place,
    }));
    const chosen = places ? firstWithin(lines, share) : lastWithin(lines, share);
    return { key, lines: chosen, place: chosen.at(-1)?.place ?? lines.at(-1)?.place ?? from };
  };
  const logs: Awaited<ReturnType<typeof read>>[] = [];
  for (const some of chunks(streams, AT_ONCE)) logs.push(...(await Promise.all(some.map(read))));
  const lines = logs
    .flatMap((log) => log.lines)
    .sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
  const shown = places ? lines : newestOfEach(lines, share.lines);
  return {
    lines: shown.map(({ container, time, text }) => ({ container, time, text })),
    next_cursor: writeCursor({ ecs: Object.fromEntries(logs.map(({ key, place }) => [key, place])) }),
  };
}

async function placesOf(cursor: string): Promise<LogCursor['ecs']> {
  const { LogCursor } = await import('./log-cursor.ts');
  return readCursor(cursor, LogCursor).ecs;
}

function streamsOf(prefix: string, { taskArn = '', containers = [] }: Task) {
  const task = taskArn.split('/').at(-1);
  return containers.flatMap(({ name }) => (name ? [{ container: name, name: `${prefix}/${name}/${task}` }] : []));
}

/** Env values of the versions that wrote. Values of secrets never come by here: ECS reads them itself. */
async function valuesOf(session: ProviderContext, tasks: readonly Task[]): Promise<string[]> {
  const arns = new Set(tasks.flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? []));
  const revisions = await Promise.all([...arns].map((arn) => findRevision(session, arn)));
  return revisions
    .flatMap((revision) => revision?.containers ?? [])
    .flatMap(({ environment = [] }) =>
      hiddenInLogs(Object.fromEntries(environment.map(({ name = '', value = '' }) => [name, value]))),
    );
}
