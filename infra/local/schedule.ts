import type { Services } from '../../functions/runtime/setup/services.ts';
import { sweeps } from '../../functions/runtime/setup/sweeps.ts';
import { messageOf } from '../../src/compute/errors.ts';
import { systemClock } from '../../src/tenants/clock.ts';

/** Milliseconds between two sweeps for unfinished work. */
const SWEEP_INTERVAL = 500;
/** Milliseconds between two rounds of looks at all tenants, where a provider has a glance. */
export const WATCH_INTERVAL = 3_000;
/** Milliseconds after which the counts of a round are recorded as metrics again, although they did not change. */
const WATCH_METRICS_INTERVAL = 60_000;
/** Milliseconds between two checks for a due inventory. */
const INVENTORY_CHECK_INTERVAL = 10_000;
/** Milliseconds between two removals of what has expired. */
const PURGE_INTERVAL = 60_000;

/**
 * Runs the sweepers, the watch and the inventory on timers, as EventBridge Scheduler does on AWS, and removes what has
 * expired, as DynamoDB does. Returns a function that stops all of it; the next start continues the work under way.
 */
export function startSchedule(
  services: Services,
  removeExpired: (signal: AbortSignal) => Promise<unknown>,
): () => Promise<void> {
  const { registry, logger, metrics } = services;
  const { sweeper, rolloutSweeper, inventorySchedule, watchSchedule } = sweeps(services);
  const stopping = new AbortController();
  const { signal } = stopping;
  const underWay = new Set<Promise<unknown>>();
  const report = (error: unknown) => {
    logger.error('sweep failed', { component: 'local-host', error: messageOf(error) });
  };
  const reportPurge = (error: unknown) => {
    logger.error('expired rows not removed', { component: 'local-host', error: messageOf(error) });
  };
  const reportWatch = (error: unknown) => {
    logger.error('watch failed', { component: 'local-host', error: messageOf(error) });
  };
  const takeInventory = async (provider: string, exclusive = false) => {
    await inventorySchedule.runIfDue(provider, signal, { exclusive }).catch((error: unknown) => {
      if (!signal.aborted) report(error);
    });
  };
  const recorded = new Map<string, { counts: string; at: number }>();
  const keepWatch = async (provider: string) => {
    try {
      const report = await watchSchedule.runIfDue(provider, signal);
      if (!report) return;
      const counts = JSON.stringify(report);
      const last = recorded.get(provider);
      const now = performance.now();
      if (last?.counts === counts && now - last.at < WATCH_METRICS_INTERVAL) return;
      recorded.set(provider, { counts, at: now });
      metrics.recordWatch(report);
    } catch (error) {
      if (!signal.aborted) reportWatch(error);
    }
  };
  // A sweep waits for slow tenants. The next one starts on time nevertheless, for those that become due meanwhile.
  const beginSweep = (exclusiveSince?: number) => {
    const options = { signal, exclusiveSince };
    for (const begun of [sweeper.sweep(options), rolloutSweeper.sweep(options)]) {
      const sweep = begun.catch(report).finally(() => underWay.delete(sweep));
      underWay.add(sweep);
    }
  };
  beginSweep(Date.now()); // this host alone has the data directory, so each older lease belongs to a dead process
  // What was lost while no host ran comes back at once, and not when the next inventory is due.
  const first = Promise.all(registry.list().map((provider) => takeInventory(provider, true)));
  const loops = [
    repeat(SWEEP_INTERVAL, signal, async () => beginSweep()),
    repeat(PURGE_INTERVAL, signal, () => removeExpired(signal).catch(reportPurge)),
    // Each provider has a loop of its own: one that does not answer holds up no other.
    ...registry
      .list()
      .map((provider) => repeat(services.watchEveryMs ?? WATCH_INTERVAL, signal, () => keepWatch(provider))),
    first,
    repeat(INVENTORY_CHECK_INTERVAL, signal, () => Promise.all(registry.list().map((name) => takeInventory(name)))),
  ];
  return async () => {
    stopping.abort(new Error('the host stops'));
    await Promise.allSettled([...loops, ...underWay]);
  };
}

async function repeat(interval: number, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await systemClock.sleep(interval, signal).catch(() => undefined);
  }
}
