import {
  ConditionFailedError,
  type IndexName,
  type Item,
  indexes,
  type Query,
  type Table,
} from '../../../src/tenants/store/table.ts';
import type { WakeSignal } from '../wake-signal.ts';
import type { Database } from './database.ts';
import { itemColumns, RECORDED_PREFIXES } from './schema.ts';

const KEY = 'pk = ? AND sk = ?';
const columns = itemColumns.join(', ');
const insert = `INSERT INTO items (${columns}) VALUES (${itemColumns.map(() => '?').join(', ')})`;
const overwrite = `UPDATE SET ${itemColumns.map((name) => `${name} = excluded.${name}`).join(', ')}`;
const update = `UPDATE items SET ${itemColumns.map((name) => `${name} = ?`).join(', ')}`;

/**
 * The tenants table in the database of this machine. Each call is one statement, and so one transaction, which is durable
 * before the call returns. `changed`, where given, is notified after each write of a tenant.
 */
export function createSqliteTable(database: Database, changed?: WakeSignal): Table {
  const notify = (pk: string) => {
    if (RECORDED_PREFIXES.some((prefix) => pk.startsWith(prefix))) changed?.notify();
  };
  return {
    async get(pk, sk) {
      const row = database.get<Row>(`SELECT ${columns} FROM items WHERE ${KEY}`, pk, sk);
      return row && toItem(row);
    },

    async put(item, expected) {
      const { pk, sk } = item;
      const values = itemColumns.map((name) => item[name] ?? null);
      const written =
        typeof expected === 'number'
          ? database.run(`${update} WHERE ${KEY} AND version = ?`, ...values, pk, sk, expected)
          : database.run(`${insert} ON CONFLICT (pk, sk) DO ${expected === 'any' ? overwrite : 'NOTHING'}`, ...values);
      if (written === 0) throw new ConditionFailedError(`${pk} is not at ${expected}`);
      notify(pk);
    },

    async remove(pk, sk) {
      database.run(`DELETE FROM items WHERE ${KEY}`, pk, sk);
      notify(pk);
    },

    async query(query) {
      const { key, limit, range } = query;
      const edge = range ? Object.values<string>(range) : [];
      return database.all<Row>(toSql(query), key, ...edge, limit).map(toItem);
    },
  };
}

function toSql({ index, range, descending }: Query): string {
  const { key, sort } = index ? indexes[index] : { key: 'pk', sort: 'sk' };
  const order = descending ? 'DESC' : 'ASC';
  const condition = `${key} = ?1 AND ${rangeCondition(sort, range)}`;
  const shown = index ? shownIn(index) : columns;
  return `SELECT ${shown} FROM items WHERE ${condition} ORDER BY ${sort} ${order} LIMIT ?${range ? 3 : 2}`;
}

/** SQLite compares texts by the bytes of their UTF-8, none of which is 0xFF. */
function rangeCondition(sort: string, range: Query['range']): string {
  if (!range) return `${sort} IS NOT NULL`;
  if ('after' in range) return `${sort} > ?2`;
  if ('before' in range) return `${sort} < ?2`;
  if ('upTo' in range) return `${sort} <= ?2`;
  return `${sort} >= ?2 AND ${sort} < ?2 || x'ff'`;
}

function shownIn(index: IndexName): string {
  const { key, sort, projected } = indexes[index];
  return `${[...new Set(['pk', 'sk', key, sort, ...projected])].join(', ')}, '' AS data`;
}

type Row = Record<keyof Item, string | number | null>;

/** Without the columns that have no value. Also reads the items that the change log keeps as JSON. */
export function toItem(row: Row): Item {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Item;
}
