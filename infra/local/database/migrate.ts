import type { DatabaseSync } from 'node:sqlite';
import { activityAttributes } from '../../../src/tenants/store/activity.ts';
import { readEntry, readTenant, UnreadableItemError } from '../../../src/tenants/store/read-item.ts';
import type { Item } from '../../../src/tenants/store/table.ts';
import { itemColumns, itemTypes, SCHEMA_VERSION, schema } from './schema.ts';

/**
 * Brings a database of an older version, or an empty one, to the present schema, in one transaction. Items keep what is in
 * them. `version`: the version of the schema in the file.
 */
export function migrate(connection: DatabaseSync, version: number): void {
  connection.exec('BEGIN');
  try {
    if (version > 0) addColumns(connection);
    // Recreated by the schema. What follows here changes no tenant, and is not to be announced.
    connection.exec('DROP TRIGGER IF EXISTS record_update');
    if (version > 0 && version < 3) addActivity(connection);
    connection.exec(`${schema} PRAGMA user_version = ${SCHEMA_VERSION}`);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function addColumns(connection: DatabaseSync): void {
  const present = new Set(
    connection
      .prepare('PRAGMA table_info(items)')
      .all()
      .map(({ name }) => name),
  );
  for (const name of itemColumns) {
    if (!present.has(name)) connection.exec(`ALTER TABLE items ADD COLUMN ${name} ${itemTypes[name]}`);
  }
}

/** Versions before 3 did not index operations. */
function addActivity(connection: DatabaseSync): void {
  const rows = connection.prepare("SELECT pk, sk, data FROM items WHERE pk LIKE 'tenant#%' OR pk LIKE 'history#%'");
  const update = connection.prepare(
    'UPDATE items SET activity = ?, activity_at = ?, activity_summary = ? WHERE pk = ? AND sk = ?',
  );
  // Read whole: SQLite does not define what a query returns whose rows are changed while it runs.
  for (const { pk, sk, data } of rows.all() as unknown as Item[]) {
    const operation = operationIn({ pk, sk, data });
    if (!operation) continue;
    const { activity, activity_at, activity_summary } = activityAttributes(operation);
    update.run(activity, activity_at, activity_summary, pk, sk);
  }
}

/** Returns undefined for an item that cannot be read: it stays as it is. */
function operationIn(item: Item) {
  try {
    return item.pk.startsWith('tenant#') ? readTenant(item).operation : readEntry(item).operation;
  } catch (error) {
    if (error instanceof UnreadableItemError) return undefined;
    throw error;
  }
}
