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
import { configOf, type ProviderContext } from '../provider-context.ts';
import { type Instance, instancesOf, type TenantRecord } from '../records/record.ts';
import { confidentialValues } from '../secrets.ts';
import { type LogLines, lastLines, linesAfter, READ_BYTES } from './log-lines.ts';

/** The offset in bytes up to which each instance's log was read. Entries of instances that no longer exist are ignored. */
const Cursor = z.strictObject({ process: z.record(z.string(), z.int().min(0)) });

/** Returns a page of a tenant's logs. During an update it contains those of both versions. */
export async function readLogPage(context: ProviderContext, record: TenantRecord, query: LogQuery): Promise<LogPage> {
  await context.pipes.sync(record.tenant_id);
  const offsets = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).process;
  const instances = instancesOf(record).filter(
    ({ container }) => query.container === undefined || container === query.container,
  );
  const share = shareOf(query, instances.length);
  const bytes = Math.max(share.bytes, READ_BYTES);
  const hide = redactor(await hiddenValues(context, record));
  const shown = await Promise.all(
    instances.map(async (instance) => {
      const file = context.store.logFile(record.tenant_id, instance);
      if (!offsets) return show(instance, await lastLines(file, bytes), hide, (lines) => lastWithin(lines, share));
      const read = await linesAfter(file, offsets[instance.id] ?? 0, bytes);
      return show(instance, read, hide, (lines) => firstWithin(lines, share));
    }),
  );
  const ends = Object.fromEntries(shown.map(({ id, end }) => [id, end]));
  const lines = shown.flatMap((log) => log.lines);
  return { lines: offsets ? lines : newestOfEach(lines, share.lines), next_cursor: writeCursor({ process: ends }) };
}

interface ShownLine {
  container: string;
  text: string;
  end: number;
}

/** Returns the lines of one log that go into the page, and the offset at which the next page begins. */
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

async function hiddenValues(context: ProviderContext, { spec, rollout }: TenantRecord): Promise<string[]> {
  const versions = [spec, ...(rollout ? [rollout.spec] : [])];
  const values = versions.map((version) => confidentialValues(version, configOf(context, version), hiddenInLogs));
  return (await Promise.all(values)).flat();
}
