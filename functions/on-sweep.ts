import { messageOf } from '../src/compute/errors.ts';
import { schedule } from './runtime/events/schedule.ts';
import { sweeps } from './runtime/setup/sweeps.ts';

/** Time reserved before the time-out of Lambda, to release the leases of running work. Milliseconds. */
const MARGIN = 5_000;

/** Milliseconds between two looks for due work. */
const PAUSE = 1_000;
/** Milliseconds between two looks for tenants whose health may have changed, or for a round that is due. */
const WATCH_PAUSE = 5_000;

/**
 * Runs every minute. It reconciles due work and rollouts for most of the minute, takes the inventory of each provider that
 * is due, and looks at the health of all tenants, round after round. The next run continues unfinished work. An unreachable
 * provider fails the run, but only after all other work is done.
 */
export const handler = await schedule({
  name: 'on-sweep',
  uses: sweeps,
  async run({ sweeper, rolloutSweeper, inventorySchedule, watchSchedule, registry, metrics, remaining, pause }) {
    const time = () => remaining() - MARGIN;
    const signal = AbortSignal.timeout(Math.max(0, time()));
    const until = Date.now() + time();
    const takeInventory = async (provider: string) => {
      const report = await inventorySchedule.runIfDue(provider, signal);
      if (report && report.after === undefined) metrics.recordInventory(report);
      return report;
    };
    const keepWatch = async (provider: string) => {
      while (time() > PAUSE) {
        const report = await watchSchedule.runIfDue(provider, signal);
        if (report) metrics.recordWatch(report);
        if (time() > WATCH_PAUSE) await pause(WATCH_PAUSE);
        else break;
      }
    };
    const reports = Promise.allSettled(registry.list().map(takeInventory));
    const watches = Promise.allSettled(registry.list().map(keepWatch));
    // Each sweep is settled as it runs: a rejection that is awaited only at the end would end the process as unhandled.
    const sweeps: Promise<PromiseSettledResult<number>[]>[] = [];
    const rollouts: Promise<PromiseSettledResult<number>[]>[] = [];
    // A sweep waits for slow tenants. Tenants that become due meanwhile are taken by the next one, a second later.
    while (time() > PAUSE) {
      sweeps.push(Promise.allSettled([sweeper.sweep({ signal, until, waitMs: Math.min(10_000, time()) })]));
      rollouts.push(Promise.allSettled([rolloutSweeper.sweep({ signal })]));
      await pause(PAUSE);
    }
    const swept = (await Promise.all(sweeps)).flat();
    const reconciled = swept.reduce((sum, sweep) => sum + (sweep.status === 'fulfilled' ? sweep.value : 0), 0);
    const settled = await reports;
    metrics.recordSweep(reconciled, sweeper.skipped);
    throwFailures('sweep failed', swept);
    throwFailures('rollouts failed', (await Promise.all(rollouts)).flat());
    throwFailures('inventory failed', settled);
    throwFailures('watch failed', await watches);
    return {
      reconciled,
      ...(sweeper.skipped > 0 && { skipped: sweeper.skipped }),
      inventory: settled.flatMap((report) => (report.status === 'fulfilled' && report.value ? [report.value] : [])),
    };
  },
});

/** Throws an `AggregateError` if any of the results is a rejection. */
function throwFailures(message: string, results: readonly PromiseSettledResult<unknown>[]): void {
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length > 0) throw new AggregateError(errors, `${message}: ${errors.map(messageOf).join('; ')}`);
}
