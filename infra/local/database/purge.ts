import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChangeLog } from './change-log.ts';
import type { Database } from './database.ts';

/** Rows that one statement removes, so that no request waits for long. */
const BATCH = 500;

/** Statements of one call, for each table. The next call goes on. */
const MAX_BATCHES = 20;

const DAY = 24 * 3600_000;

/** As long as SQS keeps messages at most. Milliseconds. */
const DEAD_LETTER_LIFETIME = 14 * DAY;

/** As long as a destroyed tenant remains readable. Milliseconds. */
const ANNOUNCEMENT_LIFETIME = 30 * DAY;

/**
 * Removes what has outlived its time: expired items of the table, as DynamoDB does by itself, dead letters after 14 days,
 * and announcements after 30. Works in small batches, and ends early when the signal is aborted. `now` is in epoch
 * milliseconds. Returns how many rows it has removed.
 */
export async function purge(
  database: Database,
  { now, signal, changes }: { now: number; signal?: AbortSignal; changes?: Pick<ChangeLog, 'written'> },
): Promise<number> {
  const oldest = new Date(now - ANNOUNCEMENT_LIFETIME).toISOString();
  const statements: [sql: string, ...values: (string | number)[]][] = [
    ['DELETE FROM items WHERE rowid IN (SELECT rowid FROM items WHERE ttl <= ? LIMIT ?)', Math.floor(now / 1000)],
    [
      'DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE is_dead = 1 AND sent <= ? LIMIT ?)',
      now - DEAD_LETTER_LIFETIME,
    ],
    [
      `DELETE FROM announcements WHERE json_extract(event, '$.time') <= ?
        AND place IN (SELECT place FROM announcements ORDER BY place LIMIT ?)`,
      oldest,
    ],
  ];
  let total = 0;
  for (const [sql, ...values] of statements) {
    for (let batch = 0; batch < MAX_BATCHES && !signal?.aborted; batch += 1) {
      const removed = database.run(sql, ...values, BATCH);
      total += removed;
      if (removed < BATCH) break;
      await nextTurn();
    }
  }
  if (total > 0) changes?.written.notify(); // the change log keeps what was removed until it is delivered
  return total;
}
