import { Manager, Registry, silentLogger } from '../../../src/index.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import { Sweeper } from '../../../src/tenants/sweep/sweeper.ts';
import { Tenants } from '../../../src/tenants/tenants.ts';
import { createIndexedTable } from '../../support/indexed-table.ts';
import { aSpec } from '../../support/specs.ts';
import { aReadyTenant, aTenant } from '../../support/tenants.ts';

/** A request to a store, and how to repeat it. */
export interface Question {
  name: string;
  before?(): Promise<unknown>;
  run(): Promise<unknown>;
  /** Brings the store back to its size. */
  after?(): Promise<unknown>;
}

export interface GrownStore {
  size: number;
  /** The number of calls of the table so far. */
  calls: { reads: number; writes: number };
  questions: Question[];
}

/** The number of tenants with unfinished work in each sweep. */
const UNFINISHED = [0, 20];
const provider = 'memory';
const caller = { actor: 'alice' };

/** Returns requests to a store of that many tenants, by default on an indexed table in memory. */
export async function growStore(size: number, indexed: Table = createIndexedTable()): Promise<GrownStore> {
  const unseen = new Store(indexed);
  const ready = aReadyTenant({ provider });
  for (let n = 0; n < size; n += 1) await unseen.putTenant({ ...ready, tenant_id: idOf(n) }, 0);
  const calls = { reads: 0, writes: 0 };
  const table = countCalls(indexed, calls);
  const store = new Store(table);
  const registry = new Registry(silentLogger);
  registry.register(createMemoryProvider({ name: provider }));
  const manager = new Manager(registry, silentLogger);
  const reconciler = new Reconciler({ store, manager, rateLimiter: new RateLimiter({ table }), logger: silentLogger });
  const tenants = new Tenants({ store, manager, reconciler });
  const sweeper = new Sweeper({ store, reconciler, logger: silentLogger });
  const middle = idOf(size >> 1);
  const place = await manager.placeOf(provider);
  const cursor = await cursorTo(unseen, size >> 1);
  const provision = () => tenants.provision(aSpec({ tenant_id: 'new', provider_type: provider }), caller);
  const forget = async (ids: readonly string[]) => {
    const held = registry.get(provider);
    for (const id of ids) await Promise.all([indexed.remove(`tenant#${id}`, id), held.destroy(id)]);
  };
  const sweeps = UNFINISHED.map((count): Question => {
    const left = Array.from({ length: count }, (_, n) => `left-${n}`);
    return {
      name: `sweep, ${count} unfinished`,
      before: () => Promise.all(left.map((id) => unseen.putTenant({ ...aTenant({ id, provider }), place }, 0))),
      run: () => sweeper.sweep({ waitMs: 0 }),
      after: () => forget(left),
    };
  });
  return {
    size,
    calls,
    questions: [
      { name: 'list, a page of 50', run: () => store.listTenants({ limit: 50, caller: 'alice', cursor }) },
      { name: 'activity, a page of 50', run: () => store.listActivity({ limit: 50, caller: 'alice' }) },
      { name: 'status', before: provision, run: () => tenants.status('new', {}), after: () => forget(['new']) },
      { name: 'get a tenant', run: () => tenants.get(middle) },
      { name: 'provision', run: provision, after: () => forget(['new']) },
      ...sweeps,
    ],
  };
}

function idOf(n: number): string {
  return `tenant-${String(n).padStart(6, '0')}`;
}

/** Returns a cursor into the middle of the list, where a page costs as much as any other. */
async function cursorTo(store: Store, place: number): Promise<string | undefined> {
  let cursor: string | undefined;
  for (let left = place; left > 0; left -= 1000) {
    ({ next_cursor: cursor } = await store.listTenants({ limit: Math.min(left, 1000), caller: 'alice', cursor }));
  }
  return cursor;
}

function countCalls(table: Table, calls: GrownStore['calls']): Table {
  const counted = <Args extends unknown[], T>(kind: keyof typeof calls, call: (...args: Args) => T) => {
    return (...args: Args) => {
      calls[kind] += 1;
      return call(...args);
    };
  };
  return {
    get: counted('reads', table.get),
    query: counted('reads', table.query),
    put: counted('writes', table.put),
    remove: counted('writes', table.remove),
  };
}
