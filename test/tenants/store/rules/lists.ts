import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TOMBSTONE_SECONDS } from '../../../../src/tenants/model/tenant-state.ts';
import type { ListQuery } from '../../../../src/tenants/store/store.ts';
import { Store, type TenantPage } from '../../../../src/tenants/store/store.ts';
import type { Query, Table } from '../../../../src/tenants/store/table.ts';
import { aReadyTenant, aTenant, aTombstone, DAWN, type TenantOptions } from '../../../support/tenants.ts';
import type { CreateTable } from '../store-suite.ts';

type Filter = Omit<ListQuery, 'caller' | 'cursor'>;

/** Reads a list to its end and runs `between` after each page. */
async function* readPages(store: Store, filter: Filter, between?: (page: TenantPage) => Promise<void>) {
  let cursor: string | undefined;
  do {
    const page = await store.listTenants({ ...filter, caller: 'tests', cursor });
    yield page.tenants.map(({ tenant_id }) => tenant_id);
    await between?.(page);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

async function readAll(store: Store, filter: Partial<Filter>): Promise<string[]> {
  return (await Array.fromAsync(readPages(store, { limit: 3, ...filter }))).flat();
}

async function addReady(store: Store, ids: Iterable<string>, options: TenantOptions = {}): Promise<void> {
  await Promise.all([...ids].map((id) => store.putTenant(aReadyTenant({ ...options, id }), 0)));
}

/** A table that records its queries. */
function watch(table: Table): { table: Table; queries: Query[] } {
  const queries: Query[] = [];
  const query: Table['query'] = (asked) => {
    queries.push(asked);
    return table.query(asked);
  };
  return { table: { ...table, query }, queries };
}

const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,3}[a-z0-9])?$/), { minLength: 1, maxLength: 8 });

export function listRules(createTable: CreateTable): void {
  test('tenants are listed by id, a page at a time, with their summaries', async () => {
    const store = new Store(await createTable());
    await addReady(store, ['e', 'b', 'a', 'd', 'c', 'a-1', 'a1'], { labels: { plan: 'gold' } });
    const pages = await Array.fromAsync(readPages(store, { limit: 3 }));
    expect(pages).toEqual([['a', 'a-1', 'a1'], ['b', 'c', 'd'], ['e']]);
    const { tenants } = await store.listTenants({ limit: 1, caller: 'tests' });
    expect(tenants).toEqual([
      {
        tenant_id: 'a',
        provider_type: 'counting',
        phase: 'ready',
        ready: true,
        reason: 'Serving',
        revision: 1,
        spec_hash: aReadyTenant({ id: 'a', labels: { plan: 'gold' } }).desired.spec_hash,
        labels: { plan: 'gold' },
        endpoints: [],
        health: 'unknown',
        observed_at: null,
        restart_count: 0,
        created_at: DAWN,
        updated_at: DAWN,
      },
    ]);
  });

  test('an empty list has one empty page', async () => {
    const store = new Store(await createTable());
    expect(await store.listTenants({ limit: 10, caller: 'tests' })).toEqual({ tenants: [] });
    expect(await store.listTenants({ limit: 10, caller: 'tests', phase: 'ready', provider: 'none' })).toEqual({
      tenants: [],
    });
  });

  test('a list is narrowed by provider, phase and labels, and by all of them', async () => {
    const store = new Store(await createTable());
    const gold = { plan: 'gold', city: 'Zürich' };
    await addReady(store, ['a', 'b'], { provider: 'ecs', labels: gold });
    await addReady(store, ['c', 'd'], { provider: 'ecs', labels: { plan: 'tin' } });
    await addReady(store, ['e'], { provider: 'docker', labels: gold });
    await addReady(store, ['f'], { provider: 'docker' });
    for (const id of ['g', 'h']) await store.putTenant(aTenant({ id, provider: 'ecs', labels: gold }), 0);
    await store.putTenant(aTombstone({ id: 'i', provider: 'ecs', labels: gold }), 0);
    expect(await readAll(store, {})).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(await readAll(store, { provider: 'ecs' })).toEqual(['a', 'b', 'c', 'd', 'g', 'h']);
    expect(await readAll(store, { provider: 'process' })).toEqual([]);
    expect(await readAll(store, { phase: 'ready' })).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await readAll(store, { phase: 'destroyed' })).toEqual(['i']);
    expect(await readAll(store, { phase: 'destroyed', provider: 'docker' })).toEqual([]);
    expect(await readAll(store, { phase: 'ready', provider: 'docker' })).toEqual(['e', 'f']);
    expect(await readAll(store, { labels: { plan: 'gold' } })).toEqual(['a', 'b', 'e', 'g', 'h']);
    expect(await readAll(store, { labels: gold, provider: 'ecs' })).toEqual(['a', 'b', 'g', 'h']);
    expect(await readAll(store, { labels: gold, provider: 'ecs', phase: 'ready', limit: 1 })).toEqual(['a', 'b']);
    expect(await readAll(store, { labels: { plan: 'gold', city: 'Bern' } })).toEqual([]);
    expect(await readAll(store, { labels: { plan: '' } })).toEqual([]);
    expect(await readAll(store, { labels: { constructor: 'gold' } })).toEqual([]);
  });

  test('a list shows the present phase and provider of a tenant', async () => {
    const store = new Store(await createTable());
    await store.putTenant(aTenant(), 0);
    expect(await readAll(store, { phase: 'provisioning' })).toEqual(['acme']);
    await store.putTenant(aReadyTenant({ labels: { plan: 'gold' } }), 1);
    expect(await readAll(store, { phase: 'provisioning' })).toEqual([]);
    expect(await readAll(store, { phase: 'ready', labels: { plan: 'gold' } })).toEqual(['acme']);
    await store.putTenant(aTombstone(), 2);
    expect(await readAll(store, {})).toEqual([]);
    expect(await readAll(store, { provider: 'counting' })).toEqual([]);
    expect(await readAll(store, { phase: 'ready' })).toEqual([]);
    expect(await readAll(store, { phase: 'destroyed' })).toEqual(['acme']);
  });

  test('an expired tombstone is not listed, removed from the table or not', async () => {
    let now = Date.parse(DAWN);
    const store = new Store(await createTable(), () => now);
    for (const id of ['a', 'b', 'c']) await store.putTenant(aTombstone({ id }), 0);
    const later = new Date(now + 60_000).toISOString();
    await store.putTenant(aTombstone({ id: 'd', now: later }), 0);
    now += TOMBSTONE_SECONDS * 1000;
    expect(await readAll(store, { phase: 'destroyed' })).toEqual(['d']);
  });

  test('while tenants come and go, a list repeats none, and misses none that stayed', async () => {
    const store = new Store(await createTable());
    let round = 0;
    const holds = fc.asyncProperty(ids, ids, fc.integer({ min: 1, max: 4 }), async (before, added, limit) => {
      round += 1;
      const provider = `round-${round}`;
      const idOf = (id: string) => `${id}-${round}`;
      const [gone, ...kept] = before.map(idOf);
      const coming = new Set(added.map(idOf).filter((id) => id !== gone && !kept.includes(id)));
      await addReady(store, [gone ?? '', ...kept], { provider });
      const change = async () => {
        const { value } = coming.values().next();
        if (value) await addReady(store, [value], { provider });
        coming.delete(value ?? '');
        const { tenant, version } = await store.getTenant(gone ?? '');
        if (tenant?.phase === 'ready') await store.putTenant(aTombstone({ id: gone ?? '', provider }), version);
      };
      const seen = (await Array.fromAsync(readPages(store, { provider, limit }, change))).flat();
      expect(seen).toEqual([...new Set(seen)].sort());
      expect(seen).toEqual(expect.arrayContaining(kept));
    });
    await fc.assert(holds, { numRuns: 10, endOnFailure: true });
  });

  test('a page is one query, of the items it shows, or of 500 where it filters', async () => {
    const { table, queries } = watch(await createTable());
    const store = new Store(table);
    await addReady(store, ['a', 'b', 'c', 'd']);
    const ask = async (filter: Filter) => {
      queries.length = 0;
      await store.listTenants({ ...filter, caller: 'tests' });
      return queries.map(({ limit }) => limit);
    };
    expect(await ask({ limit: 2 })).toEqual([2]);
    expect(await ask({ limit: 2, provider: 'counting' })).toEqual([2]);
    expect(await ask({ limit: 2, phase: 'ready' })).toEqual([2]);
    expect(await ask({ limit: 2, phase: 'ready', provider: 'counting' })).toEqual([500]);
    expect(await ask({ limit: 2, labels: { plan: 'none' } })).toEqual([500]);
    expect(await ask({ limit: 1000, labels: { plan: 'none' } })).toEqual([1000]);
  });

  test('a page ends before it is too large for an answer, and the next one continues', async () => {
    const store = new Store(await createTable());
    const value = '\u{1d400}'.repeat(255).slice(0, 255 * 2); // characters of four bytes each
    const labels = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`label-${n}`, value]));
    const all = Array.from({ length: 30 }, (_, n) => `id-${String(n).padStart(2, '0')}`);
    for (const id of all) await addReady(store, [id], { labels });
    const sizes: number[] = [];
    const weigh = async (page: TenantPage) => void sizes.push(Buffer.byteLength(JSON.stringify(page)));
    const pages = await Array.fromAsync(readPages(store, { limit: 100 }, weigh));
    expect(pages.flat()).toEqual(all);
    expect(pages.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(640 * 1024);
  });
}
