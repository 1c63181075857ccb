import { TenantNotFoundError, UpdateFailedError } from '../../src/compute/errors.ts';
import { Manager } from '../../src/compute/manager.ts';
import { Registry } from '../../src/compute/registry.ts';
import type { ComputeStatus } from '../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { RolloutSweeper } from '../../src/rollouts/reconcile/rollout-sweeper.ts';
import { Rollouts } from '../../src/rollouts/rollouts.ts';
import { RolloutStore } from '../../src/rollouts/store/rollout-store.ts';
import type { Clock } from '../../src/tenants/clock.ts';
import { RateLimiter } from '../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../src/tenants/store/store.ts';
import type { Table } from '../../src/tenants/store/table.ts';
import { Sweeper } from '../../src/tenants/sweep/sweeper.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { Watch } from '../../src/tenants/watch/watch.ts';
import { createCapturedLogger } from '../support/captured-logger.ts';
import { type CountingProvider, createCountingProvider } from '../support/counting-provider.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { aContainer, aSpec } from '../support/specs.ts';

/** A clock on which a sleep takes no time, and moves the time on. */
export function createSkippingClock(start = Date.parse('2026-01-01T00:00:00Z')): Clock & { time: number } {
  const clock = {
    time: start,
    now: () => clock.time,
    sleep: async (ms: number, signal?: AbortSignal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      clock.time += ms;
    },
  };
  return clock;
}

/** What the tenants of a fleet do, by the tag of their image: `bad` never comes up, `sick` gets unhealthy soon after. */
function createFleetProvider(specs: Map<string, TenantComputeSpec>): CountingProvider {
  const tagOf = (spec: TenantComputeSpec | undefined) => spec?.containers[0]?.image.split(':')[1] ?? '';
  const result = { message: '', resource_ids: {}, endpoints: [] };
  const at = '2026-01-01T00:00:00.000Z';
  const hashes = new Map<string, string | undefined>();
  const looks = new Map<string, number>();
  return createCountingProvider('fleet', {
    async provision(spec, call) {
      specs.set(spec.tenant_id, spec);
      hashes.set(spec.tenant_id, call?.spec_hash);
      return { ...result, tenant_id: spec.tenant_id, provider_type: 'fleet', status: 'success', provisioned_at: at };
    },
    async update(tenant_id, spec, call) {
      if (tagOf(spec).startsWith('bad')) throw new UpdateFailedError(`${tenant_id} does not come up`);
      specs.set(tenant_id, spec);
      hashes.set(tenant_id, call?.spec_hash);
      looks.set(tenant_id, 0);
      return { tenant_id, provider_type: 'fleet', status: 'success', changes: [], message: '', updated_at: at };
    },
    async destroy(tenant_id) {
      specs.delete(tenant_id);
    },
    async getStatus(tenant_id): Promise<ComputeStatus> {
      looks.set(tenant_id, (looks.get(tenant_id) ?? 0) + 1);
      const isSick = tagOf(specs.get(tenant_id)).startsWith('sick') && (looks.get(tenant_id) ?? 0) > 1;
      const health = isSick ? 'unhealthy' : 'healthy';
      if (!specs.has(tenant_id)) throw new TenantNotFoundError(tenant_id);
      const about = { tenant_id, provider_type: 'fleet', containers: [], endpoints: [] };
      const metadata = { spec_hash: hashes.get(tenant_id) ?? '' };
      return { ...about, state: 'running', health, last_updated: at, metadata };
    },
  });
}

export type Fleet = Awaited<ReturnType<typeof createFleet>>;

/** Returns the id of the n-th tenant: t-001, t-002, … */
export function tenantId(n: number): string {
  return `t-${String(n).padStart(3, '0')}`;
}

/** Creates an installation with ready tenants at version 1, and all that works on them. */
export async function createFleet({ size = 5, table = createMemoryTable() as Table, labels = {} } = {}) {
  const clock = createSkippingClock();
  const logger = createCapturedLogger();
  const specs = new Map<string, TenantComputeSpec>();
  const provider = createFleetProvider(specs);
  const registry = new Registry(logger);
  registry.register(provider);
  const manager = new Manager(registry, logger);
  const store = new Store(table, clock.now);
  const rateLimiter = new RateLimiter({ table, clock });
  const reconciler = new Reconciler({ store, manager, rateLimiter, logger, clock });
  const tenants = new Tenants({ store, manager, reconciler });
  const rolloutStore = new RolloutStore(table, clock.now);
  const rollouts = new Rollouts({ rollouts: rolloutStore, store, manager, clock });
  const watch = new Watch({ store, manager, rateLimiter, clock, logger });
  const context = {
    store: rolloutStore,
    tenantStore: store,
    clock,
    tenants,
    logger,
    lookAt: watch.lookAtOne.bind(watch),
  };
  const sweeper = new Sweeper({ store, reconciler, logger });
  const rolloutSweeper = new RolloutSweeper(context);
  const caller = { actor: 'operator' };
  for (let n = 1; n <= size; n += 1) {
    const spec = aSpec({
      tenant_id: tenantId(n),
      provider_type: 'fleet',
      containers: [aContainer({ image: 'app:1' })],
    });
    await tenants.provision({ ...spec, labels: { plan: 'pro', ...labels } }, caller);
  }
  /** Returns what a worker needs that reaches the table through another door, such as one that breaks. */
  const withTable = (door: Table) => {
    const own = new Store(door, clock.now);
    const limiter = new RateLimiter({ table: door, clock });
    const worker = new Reconciler({ store: own, manager, rateLimiter: limiter, logger, clock });
    const ownTenants = new Tenants({ store: own, manager, reconciler: worker });
    return { ...context, store: new RolloutStore(door, clock.now), tenantStore: own, tenants: ownTenants };
  };
  const fleet = {
    withTable,
    clock,
    logger,
    provider,
    specs,
    store,
    table,
    tenants,
    reconciler,
    rollouts,
    rolloutStore,
    context,
    sweeper,
    rolloutSweeper,
    caller,
    /** Lets workers work until the rollout rests. */
    async settle(rolloutId: string) {
      for (let round = 0; round < 5_000; round += 1) {
        const rollout = await rollouts.get(rolloutId);
        if (rollout.next_at === undefined) return rollout;
        void rolloutSweeper.sweep();
        await sweeper.sweep({ waitMs: 0 });
        await clock.sleep(500);
      }
      throw new Error(`rollout ${rolloutId} does not rest: ${JSON.stringify(await rollouts.get(rolloutId))}`);
    },
    /** Returns the image tag that each tenant runs. */
    versions() {
      return [...specs].sort().map(([, spec]) => spec.containers[0]?.image.split(':')[1]);
    },
    async outcomes(rolloutId: string) {
      const { tenants: rows } = await rollouts.tenantsOf(rolloutId, { limit: 100, caller: 'operator' });
      return rows.map(({ tenant_id, outcome }) => `${tenant_id} ${outcome}`);
    },
    /** Returns how often the provider was asked to update each tenant. */
    updatesOf(id: string) {
      return provider.calls.filter(({ method, args }) => method === 'update' && args[0] === id).length;
    },
  };
  return fleet;
}

/** Returns the request of a rollout to an image tag. */
export function aRollout(tag: string, overrides: Record<string, unknown> = {}) {
  return {
    rollout_id: 'app',
    select: { labels: { plan: 'pro' } },
    change: { containers: { web: { image: `app:${tag}` } } },
    max_in_flight: 10,
    failure_budget: 0,
    on_failure: 'pause' as const,
    ...overrides,
  };
}
