import shared from 'dynalite/db/index.js';

/**
 * Makes every write of dynalite whole. By itself it deletes old index entries, puts new ones, and then puts the item, one after
 * the other: a kill in between leaves an index that contradicts the items for good, such as a tenant with unfinished work
 * that no sweep finds. Here all of it is one batch, which LevelDB writes wholly or not at all. The write of the item
 * that dynalite makes afterwards repeats a part of it.
 */
export function makeWritesWhole(): void {
  shared.updateIndexes = (store, table, existing, item, done) => {
    const changed = item ?? existing;
    if (!changed) return done();
    const { TableName, GlobalSecondaryIndexes = [] } = table;
    const { puts, deletes } = shared.getIndexActions(GlobalSecondaryIndexes, existing, item, table);
    const entry = (index: string, key: string) => `index-global~${TableName}~${index}~${key}`;
    const key = `item-${TableName}~${shared.createKey(changed, table)}`;
    store.db.batch(
      [
        ...deletes.map((old) => ({ type: 'del' as const, key: entry(old.index, old.key) })),
        ...puts.map((made) => ({ type: 'put' as const, key: entry(made.index, made.key), value: made.item })),
        item ? { type: 'put', key, value: item } : { type: 'del', key },
      ],
      done,
    );
  };
}
