import { Tenant } from '../../src/tenants/model/tenant.ts';
import { Store } from '../../src/tenants/store/store.ts';
import type { Item, Table } from '../../src/tenants/store/table.ts';
import { createIndexedTable } from '../../test/support/indexed-table.ts';
import { aSpec } from '../../test/support/specs.ts';
import { aReadyTenant } from '../../test/support/tenants.ts';
import { Random } from '../../test/tenants/simulation/environment/random.ts';
import { type Host, startHost, sweepRegularly } from './host.ts';
import { Account, ecsLimits, LimitedProvider, type Limits } from './limited-provider.ts';
import { StormTimeline } from './timeline.ts';

export interface StormOptions {
  provisions: number;
  /** Updates and destroys of existing tenants, spread evenly over the storm. */
  updates?: number | undefined;
  destroys?: number | undefined;
  /** Existing tenants that rollouts change from the beginning on, and how many rollouts share them. */
  rolledOut?: number | undefined;
  rollouts?: number | undefined;
  /** Status requests, spread evenly over the storm. */
  reads?: number | undefined;
  /** How long the storm lasts over which they are spread. Seconds; default four fifths of the shortest time. */
  lasts?: number | undefined;
  /** Clusters, each of which is a provider. */
  clusters?: number | undefined;
  /** True if all clusters share the limits of one account. By default each cluster has its own account. */
  shared?: boolean | undefined;
  limits?: Limits | undefined;
  /** Provision requests a second. */
  arrivals?: number | undefined;
  /** Instances that serve requests, and instances that sweep. */
  instances?: number | undefined;
  sweepers?: number | undefined;
  /** The time between two sweeps of an instance, and the mean duration of a provider call. Milliseconds. */
  sweepMs?: number | undefined;
  callMs?: number | undefined;
  seed?: number | undefined;
  /** False disables the rate limiter: each throttled call is retried with backoff, as a controller without one does. */
  limited?: boolean | undefined;
}

type ChangeType = 'provision' | 'update' | 'destroy' | 'rollout';

export interface StormReport {
  /** Seconds from the first request to the last accepted change, and the shortest time that the limits allow. */
  seconds: number;
  theory: number;
  calls: { made: number; throttled: number };
  /** Tenants that did not reach the requested state. */
  lost: number;
  /** Seconds from each request until the provider accepted its change. NaN for a change that it never accepted. */
  waits: Record<ChangeType, number[]>;
  /** Seconds from the start of the storm to each request, in the same order. */
  requestedAt: Record<ChangeType, number[]>;
  /** Status requests that failed. */
  failedReads: number;
  storeCalls: number;
  operations: number;
}

interface Request {
  /** Milliseconds after the start of the storm. */
  at: number;
  type: ChangeType | 'read';
  id: string;
  provider: string;
  /** The rollout that changes the tenant. */
  share?: string | undefined;
}

/** Simulates a storm in virtual time. All code between the requests and the provider's limits is the real code. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const { instances = 10, sweepers = 3, sweepMs = 1000, limits = ecsLimits, limited } = options;
  const clock = new StormTimeline();
  const seeded = new Random(options.seed ?? 1);
  const random = () => seeded.next();
  const { accounts, providers } = createProviders(options, clock, random);
  const providerOf = new Map(providers.map((provider) => [provider.name, provider]));
  const indexed = createIndexedTable();
  const { table, counts } = watch(indexed);
  const hosts = Array.from({ length: instances + sweepers }, () =>
    startHost({ table, clock, providers, random, limited }),
  );
  const requests = planRequests(options, providers);
  const changes = [...requests.filter(({ type }) => type !== 'read'), ...rolledOut(options, providers)];
  await createExistingTenants(new Store(indexed, clock.now), changes, providerOf, clock);
  const startedAt = clock.now();
  let failedReads = 0;
  const send = async ({ at, type, id, provider }: Request) => {
    await clock.sleep(startedAt + at - clock.now());
    const { tenants } = hosts[seeded.below(instances)] as Host;
    const caller = { actor: 'storm' };
    if (type === 'provision') await tenants.provision(specOf(id, provider), caller);
    if (type === 'update') await tenants.update(specOf(id, provider, 512), caller);
    if (type === 'destroy') await tenants.destroy(id, caller);
    if (type === 'read') await tenants.status(id, {}).catch(() => (failedReads += 1));
  };
  const stop = new AbortController();
  const sweeping = hosts
    .slice(instances)
    .map((host, n) => sweepRegularly(host, { clock, delay: n * 317, every: sweepMs, signal: stop.signal }));
  const starting = startRollouts(hosts[0] as Host, options);
  const sending = Promise.all([starting, ...requests.map(send)]);
  await clock.run(
    (async () => {
      await sending;
      while (counts.unfinished.size > 0) await clock.sleep(5_000);
      stop.abort();
      await Promise.all(sweeping);
    })(),
  );
  const acceptedAt = ({ id, provider }: Request) => providerOf.get(provider)?.acceptedAt.get(id) ?? Number.NaN;
  const each = (measure: (request: Request) => number) => {
    const values = (type: ChangeType) => changes.filter((change) => change.type === type).map(measure);
    const [provision, update, destroy] = [values('provision'), values('update'), values('destroy')];
    return { provision, update, destroy, rollout: values('rollout') };
  };
  return {
    seconds: (Math.max(...changes.map(acceptedAt)) - startedAt) / 1000,
    theory: theoryOf(options, limits),
    calls: { made: total(accounts, 'made'), throttled: total(accounts, 'throttled') },
    lost: changes.filter((change) => !isFulfilled(change, indexed, providerOf)).length,
    waits: each((change) => (acceptedAt(change) - startedAt - change.at) / 1000),
    requestedAt: each(({ at }) => at / 1000),
    failedReads,
    storeCalls: counts.calls,
    operations: changes.length,
  };
}

function createProviders(
  { clusters = 1, shared = false, limits = ecsLimits, callMs }: StormOptions,
  timeline: StormTimeline,
  random: () => number,
): { accounts: Account[]; providers: LimitedProvider[] } {
  const length = shared ? 1 : clusters;
  const accounts = Array.from({ length }, (_, n) => new Account(`account-${n}`, limits, timeline.now));
  const providers = Array.from({ length: clusters }, (_, n) => {
    const account = accounts[n % length] as Account;
    return new LimitedProvider({ name: `ecs-${n}`, account, timeline, random, callMs });
  });
  return { accounts, providers };
}

function planRequests(options: StormOptions, providers: readonly LimitedProvider[]): Request[] {
  const { provisions, updates = 0, destroys = 0, reads = 0, arrivals = 100, limits = ecsLimits } = options;
  const duration = (options.lasts ?? theoryOf(options, limits) * 0.8) * 1000;
  const request = (type: Request['type'], at: number, kind: string, n: number): Request => {
    return { at, type, id: `${kind}-${n}`, provider: providers[n % providers.length]?.name ?? '' };
  };
  const spread = (type: Request['type'], count: number, kind: string = type, tenants = count) =>
    Array.from({ length: count }, (_, n) => request(type, (n * duration) / count, kind, n % tenants));
  return [
    ...Array.from({ length: provisions }, (_, n) => request('provision', (n * 1000) / arrivals, 'new', n)),
    ...spread('update', updates),
    ...spread('destroy', destroys),
    // Reads ask for the tenants that are updated.
    ...spread('read', reads, 'update', Math.max(1, updates)),
  ];
}

/** Returns the changes that rollouts make. */
function rolledOut({ rolledOut: count = 0, rollouts = 1 }: StormOptions, [provider]: readonly LimitedProvider[]) {
  return Array.from({ length: count }, (_, n): Request => {
    return { at: 0, type: 'rollout', id: `rolled-${n}`, provider: provider?.name ?? '', share: `${n % rollouts}` };
  });
}

/** Starts the rollouts, each over its share of their tenants. */
async function startRollouts({ rollouts }: Host, { rolledOut: count = 0, rollouts: shares = 1 }: StormOptions) {
  if (count === 0) return;
  for (let share = 0; share < shares; share += 1) {
    const request = {
      rollout_id: `rollout-${share}`,
      select: { labels: { share: `${share}` } },
      change: { resources: { cpu: 512 } },
      max_in_flight: 100,
      failure_budget: 0,
      on_failure: 'pause' as const,
    };
    await rollouts.start(request, { actor: 'storm' });
  }
}

async function createExistingTenants(
  store: Store,
  changes: readonly Request[],
  providers: ReadonlyMap<string, LimitedProvider>,
  clock: StormTimeline,
): Promise<void> {
  for (const { type, id, provider, share } of changes) {
    if (type === 'provision') continue;
    const now = new Date(clock.now()).toISOString();
    const tenant = aReadyTenant({ id, provider, labels: share ? { share } : {}, now });
    await store.putTenant(tenant, 0);
    providers.get(provider)?.deployments.set(id, { hash: tenant.desired.spec_hash, readyAt: 0 });
  }
}

/** Returns the shortest time in which the limits admit all calls that the changes need. Seconds. */
function theoryOf(options: StormOptions, limits: Limits): number {
  const { provisions, updates = 0, destroys = 0, rolledOut = 0, clusters = 1, shared = false } = options;
  const share = (provisions + updates + destroys + rolledOut) / (shared ? 1 : clusters);
  const needed = ({ perSecond, burst }: { perSecond: number; burst: number }) => (share - burst) / perSecond;
  return Math.max(needed(limits['definition writes']), needed(limits['service writes']), provisions / 100);
}

function isFulfilled(
  { type, id, provider }: Request,
  table: { items: ReadonlyMap<string, { data: string }> },
  providers: ReadonlyMap<string, LimitedProvider>,
): boolean {
  const item = table.items.get(`tenant#${id}\n${id}`);
  if (!item) return false;
  const { phase, desired } = Tenant.parse(JSON.parse(item.data));
  const deployment = providers.get(provider)?.deployments.get(id);
  if (type === 'destroy') return phase === 'destroyed' && !deployment;
  const isChanged = type !== 'rollout' || desired.revision === 2;
  return isChanged && phase === 'ready' && deployment?.hash === desired.spec_hash;
}

function total(accounts: readonly Account[], what: 'made' | 'throttled'): number {
  return accounts.flatMap(({ calls }) => Object.values(calls)).reduce((sum, one) => sum + one[what], 0);
}

/** Counts the calls of a table and tracks the tenants and rollouts with unfinished work. */
function watch(table: Table): { table: Table; counts: { calls: number; unfinished: Set<string> } } {
  const counts = { calls: 0, unfinished: new Set<string>() };
  const counting =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args) => {
      counts.calls += 1;
      return call(...args);
    };
  const put = async (item: Item, expected: number | 'absent' | 'any') => {
    await table.put(item, expected);
    if (!/^(?:tenant|rollout)#/.test(item.pk)) return;
    if (item.work === undefined) counts.unfinished.delete(item.pk);
    else counts.unfinished.add(item.pk);
  };
  const { get, remove, query } = table;
  return {
    table: { get: counting(get), put: counting(put), remove: counting(remove), query: counting(query) },
    counts,
  };
}

function specOf(tenant_id: string, provider_type: string, cpu = 256) {
  return aSpec({ tenant_id, provider_type, resources: { cpu, memory: 256 } });
}
