import { silentLogger } from '../../src/compute/logger.ts';
import { Manager } from '../../src/compute/manager.ts';
import { Registry } from '../../src/compute/registry.ts';
import { Tenant } from '../../src/tenants/model/tenant.ts';
import { RateLimiter } from '../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../src/tenants/store/store.ts';
import type { Item, Table } from '../../src/tenants/store/table.ts';
import { Sweeper } from '../../src/tenants/sweep/sweeper.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { createIndexedTable } from '../../test/support/indexed-table.ts';
import { aSpec } from '../../test/support/specs.ts';
import { aReadyTenant } from '../../test/support/tenants.ts';
import { Account, ecsLimits, LimitedProvider, type Limits } from './limited-provider.ts';
import { StormTimeline } from './timeline.ts';

export interface StormOptions {
  provisions: number;
  /** Of tenants that are there before; they come evenly while the storm lasts. */
  updates?: number | undefined;
  destroys?: number | undefined;
  /** Reads of a status, by callers. */
  reads?: number | undefined;
  /** Providers, each a cluster. */
  clusters?: number | undefined;
  /** Whether the clusters are in one account, and so share its limits. Otherwise each has its own. */
  shared?: boolean | undefined;
  limits?: Limits | undefined;
  /** Requests a second. */
  arrivals?: number | undefined;
  /** Instances that serve requests, and instances that sweep. */
  instances?: number | undefined;
  sweepers?: number | undefined;
  /** From one sweep of an instance to its next, and how long a call of the provider takes, about. Milliseconds. */
  sweepMs?: number | undefined;
  callMs?: number | undefined;
  seed?: number | undefined;
  /** False leaves out the rate limiter: each throttled call is retried with backoff, as a controller without one does. */
  limited?: boolean | undefined;
}

export interface StormReport {
  /** Seconds from the first request to the last change that the provider took on, and the least that its limits allow. */
  seconds: number;
  theory: number;
  calls: { made: number; throttled: number };
  /** Tenants that are not as they were asked to be. */
  lost: number;
  /** Seconds from the request until the provider took it on. */
  waits: Record<'provision' | 'update' | 'destroy', number[]>;
  /** Seconds from the first request, in the same order. */
  askedAt: Record<'provision' | 'update' | 'destroy', number[]>;
  /** Reads of a status that were refused. */
  readsRefused: number;
  storeCalls: number;
  operations: number;
}

type Ask = { at: number; type: 'provision' | 'update' | 'destroy' | 'read'; id: string; provider: string };

/** A storm in virtual time. All that is between the requests and the provider's limits is the real code. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const { instances = 10, sweepers = 3, clusters = 1, shared = false, limits = ecsLimits, callMs } = options;
  const timeline = new StormTimeline();
  const random = randomOf(options.seed ?? 1);
  const accounts = Array.from(
    { length: shared ? 1 : clusters },
    (_, n) => new Account(`account-${n}`, limits, timeline.now),
  );
  const providers = Array.from(
    { length: clusters },
    (_, n) =>
      new LimitedProvider({
        name: `ecs-${n}`,
        account: accounts[n % accounts.length] as Account,
        timeline,
        random,
        callMs,
      }),
  );
  const indexed = createIndexedTable();
  const { table, seen } = watched(indexed);
  const hosts = Array.from({ length: instances + sweepers }, () =>
    startHost(table, providers, timeline, random, options.limited),
  );
  const { asks, before } = program(options, providers);
  await seed(indexed, before, providers, timeline);
  const beganAt = timeline.now();
  let readsRefused = 0;
  const ask = async ({ at, type, id, provider }: Ask) => {
    await timeline.sleep(beganAt + at - timeline.now());
    const { tenants } = hosts[Math.floor(random() * instances)] as Host;
    const caller = { actor: 'storm' };
    if (type === 'provision') await tenants.provision(specOf(id, provider), caller);
    if (type === 'update') await tenants.update(specOf(id, provider, 512), caller);
    if (type === 'destroy') await tenants.destroy(id, caller);
    if (type === 'read') await tenants.status(id, {}).catch(() => (readsRefused += 1));
  };
  const stop = new AbortController();
  const sweeping = hosts
    .slice(instances)
    .map((host, n) => sweepOn(host, timeline, { after: n * 317, every: options.sweepMs ?? 1000, signal: stop.signal }));
  const asking = Promise.all(asks.map(ask));
  await timeline.run(
    (async () => {
      await asking;
      while (seen.unfinished.size > 0) await timeline.sleep(5_000);
      stop.abort();
      await Promise.all(sweeping);
    })(),
  );
  const changes = asks.filter(({ type }) => type !== 'read');
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  const takenOnAt = ({ id, provider }: Ask) => byName.get(provider)?.takenOnAt.get(id) ?? Number.NaN;
  const waits = (type: Ask['type']) =>
    asks.filter((one) => one.type === type).map((one) => (takenOnAt(one) - beganAt - one.at) / 1000);
  const askedAt = (type: Ask['type']) => asks.filter((one) => one.type === type).map(({ at }) => at / 1000);
  return {
    seconds: (Math.max(...changes.map(takenOnAt)) - beganAt) / 1000,
    theory: theoryOf(options, limits),
    calls: {
      made: total(accounts, 'made'),
      throttled: total(accounts, 'throttled'),
    },
    lost: changes.filter((one) => !isAsAsked(indexed, byName, one)).length,
    waits: { provision: waits('provision'), update: waits('update'), destroy: waits('destroy') },
    askedAt: { provision: askedAt('provision'), update: askedAt('update'), destroy: askedAt('destroy') },
    readsRefused,
    storeCalls: seen.calls,
    operations: changes.length,
  };
}

/** Never learns that a backend throttles, so every call is admitted at once. */
class NoLimiter extends RateLimiter {
  override async reportThrottled(): Promise<void> {}
}

interface Host {
  tenants: Tenants;
  sweeper: Sweeper;
}

function startHost(
  table: Table,
  providers: readonly LimitedProvider[],
  clock: StormTimeline,
  random: () => number,
  limited = true,
): Host {
  const registry = new Registry(silentLogger);
  for (const provider of providers) registry.register(provider);
  const manager = new Manager(registry, silentLogger);
  const store = new Store(table, clock.now);
  const rateLimiter = limited ? new RateLimiter({ table, clock }) : new NoLimiter({ table, clock });
  const reconciler = new Reconciler({ store, manager, rateLimiter, logger: silentLogger, clock, random });
  return {
    tenants: new Tenants({ store, manager, reconciler }),
    sweeper: new Sweeper({ store, reconciler, logger: silentLogger, random }),
  };
}

/** As the schedule does it: a sweep each second, however long the ones before take. */
async function sweepOn(
  { sweeper }: Host,
  timeline: StormTimeline,
  { after, every, signal }: { after: number; every: number; signal: AbortSignal },
): Promise<void> {
  await timeline.sleep(after);
  const sweeps: Promise<number>[] = [];
  while (!signal.aborted) {
    sweeps.push(sweeper.sweep({ signal }));
    await timeline.sleep(every);
  }
  await Promise.all(sweeps);
}

/** What is asked for and when, and the tenants that are there before. */
function program(options: StormOptions, providers: readonly LimitedProvider[]): { asks: Ask[]; before: Ask[] } {
  const { provisions, updates = 0, destroys = 0, reads = 0, arrivals = 100, limits = ecsLimits } = options;
  const provider = (n: number) => providers[n % providers.length]?.name ?? '';
  const lasts = theoryOf(options, limits) * 1000 * 0.8;
  const evenly = (type: Ask['type'], count: number): Ask[] =>
    Array.from({ length: count }, (_, n) => ({
      at: (n * lasts) / count,
      type,
      id: `${type === 'read' ? 'update' : type}-${type === 'read' ? n % Math.max(1, updates) : n}`,
      provider: provider(type === 'read' ? n % Math.max(1, updates) : n),
    }));
  const fresh = Array.from({ length: provisions }, (_, n): Ask => {
    return { at: (n * 1000) / arrivals, type: 'provision', id: `new-${n}`, provider: provider(n) };
  });
  const changes = [...evenly('update', updates), ...evenly('destroy', destroys)];
  return { asks: [...fresh, ...changes, ...evenly('read', reads)], before: changes };
}

async function seed(
  table: Table,
  before: readonly Ask[],
  providers: readonly LimitedProvider[],
  timeline: StormTimeline,
): Promise<void> {
  const store = new Store(table, timeline.now);
  for (const { id, provider } of before) {
    const tenant = aReadyTenant({ id, provider, now: new Date(timeline.now()).toISOString() });
    await store.putTenant(tenant, 0);
    const held = { hash: tenant.desired.spec_hash, readyAt: 0 };
    providers.find(({ name }) => name === provider)?.held.set(id, held);
  }
}

/** The least time, in seconds, in which an account takes all the calls that the changes need. */
function theoryOf(options: StormOptions, limits: Limits): number {
  const { provisions, updates = 0, destroys = 0, clusters = 1, shared = false } = options;
  const share = (provisions + updates + destroys) / (shared ? 1 : clusters);
  const needed = ({ perSecond, burst }: { perSecond: number; burst: number }) => (share - burst) / perSecond;
  return Math.max(needed(limits['definition writes']), needed(limits['service writes']), provisions / 100);
}

function isAsAsked(
  table: { items: ReadonlyMap<string, { data: string }> },
  providers: ReadonlyMap<string, LimitedProvider>,
  { type, id, provider }: Ask,
): boolean {
  const item = table.items.get(`tenant#${id}\n${id}`);
  if (!item) return false;
  const { phase, desired } = Tenant.parse(JSON.parse(item.data));
  const held = providers.get(provider)?.held.get(id);
  if (type === 'destroy') return phase === 'destroyed' && !held;
  return phase === 'ready' && held?.hash === desired.spec_hash;
}

function total(accounts: readonly Account[], what: 'made' | 'throttled'): number {
  return accounts.flatMap(({ calls }) => Object.values(calls)).reduce((sum, one) => sum + one[what], 0);
}

/** A table that counts its calls, and knows the tenants with unfinished work. */
function watched(table: Table): { table: Table; seen: { calls: number; unfinished: Set<string> } } {
  const seen = { calls: 0, unfinished: new Set<string>() };
  const counting =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args) => {
      seen.calls += 1;
      return call(...args);
    };
  const put = async (item: Item, expected: number | 'absent' | 'any') => {
    await table.put(item, expected);
    if (!item.pk.startsWith('tenant#')) return;
    if (item.work === undefined) seen.unfinished.delete(item.pk);
    else seen.unfinished.add(item.pk);
  };
  const { get, remove, query } = table;
  return {
    table: { get: counting(get), put: counting(put), remove: counting(remove), query: counting(query) },
    seen,
  };
}

function specOf(tenant_id: string, provider_type: string, cpu = 256) {
  return aSpec({ tenant_id, provider_type, resources: { cpu, memory: 256 } });
}

/** Mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
