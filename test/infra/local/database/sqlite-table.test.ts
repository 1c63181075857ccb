import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { ChangeLog } from '../../../../infra/local/database/change-log.ts';
import { openDatabase, openMemoryDatabase } from '../../../../infra/local/database/open-database.ts';
import { createSqliteTable } from '../../../../infra/local/database/sqlite-table.ts';
import { type IndexName, type Item, indexes, type Table } from '../../../../src/tenants/store/table.ts';
import { storeSuite } from '../../../tenants/store/store-suite.ts';
import { temporaryDirectory } from '../fixture.ts';
import { LANES, laneItem, versionOf } from './table-writer.ts';

storeSuite('SQLite', async () => {
  const database = await openMemoryDatabase();
  onTestFinished(() => database.close());
  return createSqliteTable(database);
});

test('acknowledged writes survive a SIGKILL, and every index and the change log agree with the items', async () => {
  const directory = temporaryDirectory();
  const known = new Map<number, number>();
  const round = fc.asyncProperty(fc.integer({ min: 0, max: 600 }), async (writes) => {
    for (const [lane, version] of await writeUntilKilled(directory, writes)) known.set(lane, version);
    const database = await openDatabase(directory);
    try {
      await expectWhole(createSqliteTable(database), known);
      expectEveryChange(new ChangeLog(database), known);
    } finally {
      database.close();
    }
  });
  await fc.assert(round, { numRuns: 5, endOnFailure: true });
}, 60_000);

/** Lets another process write, and kills it after so many acknowledged writes. Returns the last version of each item. */
async function writeUntilKilled(directory: string, writes: number): Promise<Map<number, number>> {
  const script = fileURLToPath(new URL('table-writer.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const acknowledged = new Map<number, number>();
  let count = 0;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const [, lane, version] = /^(\d+) (\d+)$/.exec(line) ?? [];
    if (lane && version) acknowledged.set(Number(lane), Number(version));
    count += 1;
    if (count > writes) child.kill('SIGKILL');
  }
  expect(count).toBeGreaterThan(writes);
  return acknowledged;
}

/** Expects the acknowledged writes and at most one more of each item, in items and indexes alike. Updates `known`. */
async function expectWhole(table: Table, known: Map<number, number>): Promise<void> {
  const items: Item[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    const version = await versionOf(table, lane);
    const least = known.get(lane) ?? 0;
    expect([least, least + 1], `lane ${lane}, of which ${least} was acknowledged`).toContain(version);
    known.set(lane, version);
    if (version > 0) items.push(laneItem(lane, version));
    if (version > 0) expect(await table.get(`tenant#lane-${lane}`, `lane-${lane}`)).toEqual(laneItem(lane, version));
  }
  const values = {
    listed: ['tenant'],
    provider: ['even'],
    phase: ['provisioning', 'ready', 'updating'],
    work: ['work'],
  };
  for (const [index, keys] of Object.entries(values) as [IndexName, string[]][]) {
    const { key: attribute, sort } = indexes[index];
    const places = (found: readonly Item[]) => found.map((item) => `${item.pk} at ${item[sort]}`).sort();
    for (const key of keys) {
      const found = await table.query({ index, key, limit: 1000 });
      const expected = items.filter((item) => item[attribute] === key);
      expect(places(found), `index ${index}, ${key}`).toEqual(places(expected));
    }
  }
}

/** Expects one record for each version of each item, in their order. */
function expectEveryChange(changes: ChangeLog, known: Map<number, number>): void {
  const recorded = new Map<string, number>();
  for (const { before, after } of changes.read(1_000_000)) {
    const id = after?.sk ?? '';
    expect([before?.version ?? 0, after?.version]).toEqual([recorded.get(id) ?? 0, (recorded.get(id) ?? 0) + 1]);
    recorded.set(id, after?.version ?? 0);
  }
  const expected = [...known].filter(([, version]) => version > 0).map(([lane, version]) => [`lane-${lane}`, version]);
  expect(Object.fromEntries(recorded)).toEqual(Object.fromEntries(expected));
}

test.each(['pk', 'sk', 'listed', 'provider', 'phase', 'work', 'work_at'])(
  'an empty %s is refused, as in DynamoDB',
  async (name) => {
    const database = await openMemoryDatabase();
    onTestFinished(() => database.close());
    const item = { pk: 'tenant#a', sk: 'a', data: '{}' };
    await expect(createSqliteTable(database).put({ ...item, [name]: '' }, 'any')).rejects.toThrow(name);
  },
);
