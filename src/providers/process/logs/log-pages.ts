import * as z from 'zod';
import {
  firstWithin,
  fitText,
  lastWithin,
  newestOfEach,
  readCursor,
  shareOf,
  writeCursor,
} from '../../../compute/log-page.ts';
import type { LogQuery } from '../../../compute/provider.ts';
import type { LogPage } from '../../../compute/results.ts';
import { hiddenInLogs, redactor } from '../../../compute/spec/redact.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import { type Instance, instancesOf, type TenantRecord } from '../records/records.ts';
import { resolveSecrets } from '../secrets.ts';
import { type LogLines, lastLines, linesAfter } from './logs.ts';

/** How far the log of each instance was read, in bytes. Instances that are no more are not looked for by it. */
const Cursor = z.strictObject({ process: z.record(z.string(), z.int().min(0)) });

/** A page of what a tenant's containers wrote: while a rollout is under way, those of both versions. */
export async function readLogPage(site: ProviderContext, record: TenantRecord, query: LogQuery): Promise<LogPage> {
  const places = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).process;
  const instances = instancesOf(record).filter(
    ({ container }) => query.container === undefined || container === query.container,
  );
  const share = shareOf(query, instances.length);
  const hide = redactor(await hiddenValues(site, record));
  const shown = await Promise.all(
    instances.map(async (instance) => {
      const file = site.store.logFile(record.tenant_id, instance);
      if (!places) return show(instance, await lastLines(file, share.bytes), hide, (lines) => lastWithin(lines, share));
      const read = await linesAfter(file, places[instance.id] ?? 0, share.bytes);
      return show(instance, read, hide, (lines) => firstWithin(lines, share));
    }),
  );
  const ends = Object.fromEntries(shown.map(({ id, end }) => [id, end]));
  const lines = shown.flatMap((log) => log.lines);
  return { lines: places ? lines : newestOfEach(lines, share.lines), next_cursor: writeCursor({ process: ends }) };
}

interface ShownLine {
  container: string;
  text: string;
  end: number;
}

/** The lines that have a place in the page, and up to where the log is in it. */
function show(
  { id, container }: Instance,
  { lines, end }: LogLines,
  hide: (text: string) => string,
  choose: (lines: ShownLine[]) => ShownLine[],
) {
  const all = lines.map((line) => ({ container, text: fitText(hide(line.text)), end: line.end }));
  const chosen = choose(all);
  const isCut = chosen.length > 0 && chosen.at(-1) !== all.at(-1);
  return {
    id,
    lines: chosen.map(({ text }) => ({ container, text })),
    end: isCut ? (chosen.at(-1)?.end ?? end) : end,
  };
}

/** What containers know and may well print, but nobody is to read. */
async function hiddenValues(site: ProviderContext, { spec, rollout }: TenantRecord): Promise<string[]> {
  const specs: TenantComputeSpec[] = [spec, ...(rollout ? [rollout.spec] : [])];
  const values = specs.map(async ({ containers, secrets = [] }) => {
    const { secrets_directory } = configOf(site, spec);
    const resolved = await resolveSecrets(secrets, secrets_directory);
    return [...containers.flatMap(({ env }) => hiddenInLogs(env)), ...Object.values(resolved.values)];
  });
  return (await Promise.all(values)).flat();
}
