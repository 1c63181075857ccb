import { type Item, indexes } from '../../../src/tenants/store/table.ts';

/** The columns of an item. The checks refuse what DynamoDB refuses: an empty text in a key. */
export const itemTypes = {
  pk: "TEXT NOT NULL CHECK (pk <> '')",
  sk: "TEXT NOT NULL CHECK (sk <> '')",
  data: 'TEXT NOT NULL',
  version: 'INTEGER',
  ttl: 'INTEGER',
  listed: "TEXT CHECK (listed <> '')",
  provider: "TEXT CHECK (provider <> '')",
  phase: "TEXT CHECK (phase <> '')",
  work: "TEXT CHECK (work <> '')",
  work_at: "TEXT CHECK (work_at <> '')",
  summary: 'TEXT',
  activity: "TEXT CHECK (activity <> '')",
  activity_at: "TEXT CHECK (activity_at <> '')",
  activity_summary: 'TEXT',
} as const satisfies Record<keyof Item, string>;

export const itemColumns = Object.keys(itemTypes) as (keyof Item)[];

/** Writes of items whose `pk` begins with one of these are recorded in the change log. All have the same length. */
export const RECORDED_PREFIXES = ['tenant#', 'orphan#', 'rollout'] as const;

/** The version of this schema, kept in the file as `user_version`. */
export const SCHEMA_VERSION = 3;

/*
 * One file holds everything that one machine has to remember:
 *
 *   items           the tenants table; src/tenants/store/store.ts tells what is in it
 *   changes         each write of a tenant, an orphan or a rollout that the change feed has not delivered yet
 *   messages        requests that came as events: waiting, being served, or dead letters
 *   announcements   the latest announcements, for GET /v1/events
 *
 * Triggers write `changes` in the transaction of the write itself. So a change is recorded exactly when its write is
 * committed, whichever statement made it.
 */
export const schema = `
CREATE TABLE IF NOT EXISTS items (
  ${Object.entries(itemTypes)
    .map(([name, type]) => `${name} ${type}`)
    .join(',\n  ')},
  PRIMARY KEY (pk, sk)
) STRICT;
${Object.entries(indexes)
  .map(
    ([index, { key, sort }]) =>
      `CREATE INDEX IF NOT EXISTS items_${index} ON items (${key}, ${sort}) WHERE ${key} IS NOT NULL;`,
  )
  .join('\n')}
CREATE TABLE IF NOT EXISTS changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  before TEXT,
  after TEXT
) STRICT;
${recordingTriggers()}
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL,
  sent INTEGER NOT NULL,
  receives INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL,
  is_dead INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS messages_due ON messages (is_dead, due, id);
CREATE TABLE IF NOT EXISTS announcements (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  event TEXT NOT NULL
) STRICT;
`;

/**
 * Added to each database when it is opened. Versions that do not know them can still use the file. The triggers are among
 * them, because versions before rollouts made some that record fewer items.
 */
export const additions = `
CREATE INDEX IF NOT EXISTS items_ttl ON items (ttl) WHERE ttl IS NOT NULL;
${recordingTriggers()}`;

function recordingTriggers(): string {
  return [
    recordingTrigger('INSERT', 'NULL', toJson('NEW')),
    recordingTrigger('UPDATE', toJson('OLD'), toJson('NEW')),
    recordingTrigger('DELETE', toJson('OLD'), 'NULL'),
  ].join('\n');
}

function recordingTrigger(operation: 'INSERT' | 'UPDATE' | 'DELETE', before: string, after: string): string {
  const row = operation === 'DELETE' ? 'OLD' : 'NEW';
  const name = `record_${operation.toLowerCase()}`;
  const prefixes = RECORDED_PREFIXES.map((prefix) => `'${prefix}'`).join(', ');
  // Version 1 recorded tenants only.
  return `DROP TRIGGER IF EXISTS ${name};
CREATE TRIGGER ${name} AFTER ${operation} ON items
WHEN substr(${row}.pk, 1, ${RECORDED_PREFIXES[0].length}) IN (${prefixes})
BEGIN
  INSERT INTO changes (before, after) VALUES (${before}, ${after});
END;`;
}

function toJson(row: 'OLD' | 'NEW'): string {
  return `json_object(${itemColumns.map((name) => `'${name}', ${row}.${name}`).join(', ')})`;
}
