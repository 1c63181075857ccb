import { expect, test } from 'vitest';
import { ChangeLog } from '../../../../infra/local/database/change-log.ts';
import type { Database } from '../../../../infra/local/database/database.ts';
import { openMemoryDatabase } from '../../../../infra/local/database/open-database.ts';
import { purge } from '../../../../infra/local/database/purge.ts';
import { createSqliteTable } from '../../../../infra/local/database/sqlite-table.ts';

const now = Date.parse('2026-11-29T12:00:00Z');
const DAY = 24 * 3600_000;

function count(database: Database, table: string): number | undefined {
  return database.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count;
}

test('items are removed when they expire, and no other ones', async () => {
  const database = await openMemoryDatabase();
  const table = createSqliteTable(database);
  const changes = new ChangeLog(database);
  const put = (pk: string, ttl?: number) => table.put({ pk, sk: '-', data: '{}', ...(ttl && { ttl }) }, 'any');
  await Promise.all([
    put('key#gone', now / 1000),
    put('tenant#gone', 1),
    put('key#later', now / 1000 + 1),
    put('key#none'),
  ]);
  expect(await purge(database, { now, changes })).toBe(2);
  const left = database.all<{ pk: string }>('SELECT pk FROM items ORDER BY pk').map(({ pk }) => pk);
  expect(left).toEqual(['key#later', 'key#none']);
  expect(changes.read(9).at(-1)).toMatchObject({ after: undefined });
});

test('many expired items are removed in batches, between which other work goes on', async () => {
  const database = await openMemoryDatabase();
  database.transaction(() => {
    for (let index = 0; index < 1200; index += 1) {
      database.run("INSERT INTO items (pk, sk, data, ttl) VALUES (?, '-', '{}', 1)", `key#${index}`);
    }
  });
  const purging = purge(database, { now });
  expect(count(database, 'items')).toBe(700);
  expect(await purging).toBe(1200);
  expect(count(database, 'items')).toBe(0);
});

test('dead letters are removed after 14 days and announcements after 30', async () => {
  const database = await openMemoryDatabase();
  const message = 'INSERT INTO messages (body, sent, due, is_dead) VALUES (?, ?, 0, ?)';
  database.run(message, 'old', now - 14 * DAY, 1);
  database.run(message, 'new', now - 13 * DAY, 1);
  database.run(message, 'waiting', now - 15 * DAY, 0);
  for (const days of [40, 31, 29, 1]) {
    const event = JSON.stringify({ time: new Date(now - days * DAY).toISOString() });
    database.run('INSERT INTO announcements (id, event) VALUES (?, ?)', String(days), event);
  }
  expect(await purge(database, { now })).toBe(3);
  expect(database.all<{ body: string }>('SELECT body FROM messages').map(({ body }) => body)).toEqual([
    'new',
    'waiting',
  ]);
  expect(database.all<{ id: string }>('SELECT id FROM announcements ORDER BY place').map(({ id }) => id)).toEqual([
    '29',
    '1',
  ]);
});

test('it searches by an index, also in a database that an earlier version made', async () => {
  const database = await openMemoryDatabase();
  const plan = 'EXPLAIN QUERY PLAN SELECT rowid FROM items WHERE ttl <= 1 LIMIT 5';
  expect(database.get<{ detail: string }>(plan)?.detail).toContain('items_ttl');
});
