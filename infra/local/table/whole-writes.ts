import shared, { type DynaliteStore } from 'dynalite/db/index.js';
import type { ChangeLog } from '../events/change-log.ts';

const logs = new WeakMap<DynaliteStore, ChangeLog>();
const { create } = shared;

/**
 * Makes every write of dynalite whole. By itself it deletes old index entries, puts new ones, and then puts the item, one after
 * the other: a kill in between leaves an index that contradicts the items for good, such as a tenant with unfinished work
 * that no sweep finds. Here all of it is one batch, which LevelDB writes wholly or not at all. The write of the item
 * that dynalite makes afterwards repeats a part of it. The record of a change, where a log of them is kept, is in the same
 * batch: there is no write without it, and none of what was not written.
 */
export function makeWritesWhole(): void {
  shared.create = (options) => {
    const store = create(options);
    if (options.changes) logs.set(store, options.changes.attach(store.db));
    return store;
  };
  shared.updateIndexes = (store, table, existing, item, done) => {
    const changed = item ?? existing;
    if (!changed) return done();
    const { TableName, GlobalSecondaryIndexes = [] } = table;
    const { puts, deletes } = shared.getIndexActions(GlobalSecondaryIndexes, existing, item, table);
    const entry = (index: string, key: string) => `index-global~${TableName}~${index}~${key}`;
    const log = logs.get(store);
    const record = log?.recordOf(existing, item ?? undefined);
    const key = `item-${TableName}~${shared.createKey(changed, table)}`;
    store.db.batch(
      [
        ...deletes.map((old) => ({ type: 'del' as const, key: entry(old.index, old.key) })),
        ...puts.map((made) => ({ type: 'put' as const, key: entry(made.index, made.key), value: made.item })),
        item ? { type: 'put', key, value: item } : { type: 'del', key },
        ...(record ? [record] : []),
      ],
      (error) => {
        if (!error && record) log?.notify();
        done(error);
      },
    );
  };
}
