import { silentLogger } from '../../src/compute/logger.ts';
import { Manager } from '../../src/compute/manager.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
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

/** One instance of Berth, which shares the table with the others. */
export interface Host {
  tenants: Tenants;
  sweeper: Sweeper;
  rollouts: Rollouts;
  rolloutSweeper: RolloutSweeper;
}

export interface HostOptions {
  table: Table;
  clock: Clock;
  providers: readonly Provider[];
  random?: (() => number) | undefined;
  /** False disables the rate limiter. */
  limited?: boolean | undefined;
}

/** Records no throttled call, so it admits every call at once. */
class NoLimiter extends RateLimiter {
  override async reportThrottled(): Promise<void> {}
}

export function startHost({ table, clock, providers, random, limited = true }: HostOptions): Host {
  const registry = new Registry(silentLogger);
  for (const provider of providers) registry.register(provider);
  const manager = new Manager(registry, silentLogger);
  const store = new Store(table, clock.now);
  const rateLimiter = limited ? new RateLimiter({ table, clock }) : new NoLimiter({ table, clock });
  const reconciler = new Reconciler({ store, manager, rateLimiter, logger: silentLogger, clock, random });
  const logger = silentLogger;
  const tenants = new Tenants({ store, manager, reconciler });
  const watch = new Watch({ store, manager, rateLimiter, clock, logger, holdMs: 0 });
  const rolloutStore = new RolloutStore(table, clock.now);
  const context = { store: rolloutStore, tenantStore: store, tenants, clock, logger };
  return {
    tenants,
    sweeper: new Sweeper({ store, reconciler, logger, random }),
    rollouts: new Rollouts({ rollouts: rolloutStore, store, manager, clock }),
    rolloutSweeper: new RolloutSweeper({ ...context, lookAt: watch.lookAtOne.bind(watch) }),
  };
}

/**
 * Starts a sweep at each interval, as the schedule does, even while earlier sweeps still run. The first starts after
 * `delay`. Resolves when the signal is aborted and all sweeps have ended. Milliseconds.
 */
export async function sweepRegularly(
  { sweeper, rolloutSweeper }: Host,
  { clock, delay, every, signal }: { clock: Clock; delay: number; every: number; signal: AbortSignal },
): Promise<void> {
  await clock.sleep(delay);
  const sweeps: Promise<unknown>[] = [];
  while (!signal.aborted) {
    sweeps.push(sweeper.sweep({ signal }), rolloutSweeper.sweep({ signal }));
    await clock.sleep(every);
  }
  await Promise.all(sweeps);
}
