import { Manager, Registry, silentLogger } from '../../../src/index.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import { Tenants } from '../../../src/tenants/tenants.ts';
import type { TableCalls } from '../../support/counting-client.ts';
import { aSpec } from '../../support/specs.ts';
import { aReadyTenant, aTenant } from '../../support/tenants.ts';

/** The requests of users and schedules to a store. */
export interface Workload {
  name: string;
  run(): Promise<unknown>;
}

export interface PopulatedStore {
  workloads: Workload[];
  /** Counted since the latest `reset`. */
  calls: TableCalls;
  /** Adds tenants up to that number. */
  growTo(size: number): Promise<void>;
}

/** The number of tenants with due work, at any size. */
const DUE = 20;
const caller = 'tests';

/**
 * Returns a store with any number of tenants and its requests, to count and time them at different
 * sizes. The tenants alternate between two providers, and every tenth has the label `plan: gold`.
 */
export function createPopulatedStore({ table, calls }: { table: Table; calls: TableCalls }): PopulatedStore {
  const store = new Store(table);
  let size = 0;
  const add = async (n: number) => {
    const options = { id: idOf(n), provider: n % 2 ? 'memory' : 'other', labels: { plan: n % 10 ? 'tin' : 'gold' } };
    await store.putTenant(n < DUE ? aTenant(options) : aReadyTenant(options), 0);
  };
  return {
    calls,
    workloads: workloadsOf(store, table, () => size),
    async growTo(wanted) {
      const lane = async () => {
        while (size < wanted) {
          size += 1;
          await add(size - 1);
        }
      };
      await Promise.all(Array.from({ length: 32 }, lane));
    },
  };
}

function workloadsOf(store: Store, table: Table, size: () => number): Workload[] {
  const { tenants, reconciler } = createServices(store, table);
  const list = (filter = {}) => store.listTenants({ limit: 50, caller, ...filter });
  const middle = () => idOf(Math.floor(size() / 2));
  let made = 0;
  const provision = (options: { idempotencyKey?: string } = {}) => {
    made += 1;
    const spec = aSpec({ tenant_id: `new-${made}`, provider_type: 'memory' });
    return tenants.provision(spec, { actor: caller, ...options });
  };
  return [
    { name: 'list, a page of 50', run: () => list() },
    { name: 'list, by provider', run: () => list({ provider: 'memory' }) },
    { name: 'list, by label', run: () => list({ labels: { plan: 'gold' } }) },
    { name: 'list, by phase and provider', run: () => list({ phase: 'ready', provider: 'memory' }) },
    { name: 'list, the activity', run: () => store.listActivity({ limit: 50, caller }) },
    { name: 'list, the failed activity', run: () => store.listActivity({ limit: 50, caller, state: 'failed' }) },
    { name: `what is due (${DUE} tenants)`, run: () => store.findDue(128) },
    { name: 'get a tenant', run: () => tenants.get(middle()) },
    { name: 'reconcile a settled tenant', run: () => reconciler.reconcile(middle()) },
    { name: 'provision', run: () => provision() },
    { name: 'provision, with a key', run: () => provision({ idempotencyKey: `key-${made}` }) },
    { name: 'status', run: () => tenants.status(`new-${made}`, {}) },
    { name: 'update', run: () => tenants.update(anUpdate(made), { actor: caller }) },
    { name: 'destroy', run: () => tenants.destroy(`new-${made}`, { actor: caller }) },
  ];
}

function createServices(store: Store, table: Table): { tenants: Tenants; reconciler: Reconciler } {
  const registry = new Registry();
  registry.register(createMemoryProvider({ name: 'memory' }));
  const manager = new Manager(registry, silentLogger);
  const rateLimiter = new RateLimiter({ table });
  const reconciler = new Reconciler({ store, manager, rateLimiter, logger: silentLogger });
  return { reconciler, tenants: new Tenants({ store, manager, reconciler }) };
}

let updates = 0;

/** Returns another specification at each call. */
function anUpdate(tenant: number) {
  updates += 1;
  return aSpec({ tenant_id: `new-${tenant}`, provider_type: 'memory', labels: { update: String(updates) } });
}

function idOf(n: number): string {
  return `tenant-${String(n).padStart(6, '0')}`;
}
