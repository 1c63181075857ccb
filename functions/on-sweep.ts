import { messageOf } from '../src/compute/errors.ts';
import { scheduled } from './runtime/events/scheduled.ts';
import { sweeps } from './runtime/events/sweeps.ts';

/** Kept back from what Lambda leaves, so that tenants under way can be given back in time. Milliseconds. */
const MARGIN = 5_000;

/** How long to wait before looking for due work again. Milliseconds. */
const PAUSE = 1_000;

/**
 * Begun every minute, works through what is due for most of it, and takes stock of the providers whose time has come; what
 * does not fit into the minute is gone on with in the next. A provider that cannot be asked is an error at the end: until
 * then the others, and the work that is due, have their turn.
 */
export const handler = await scheduled({
  name: 'on-sweep',
  uses: sweeps,
  async run({ sweeper, inventorySchedule, registry, metrics, remaining, pause }) {
    const time = () => remaining() - MARGIN;
    const signal = AbortSignal.timeout(Math.max(0, time()));
    const until = Date.now() + time();
    const takeStock = async (provider: string) => {
      const report = await inventorySchedule.runIfDue(provider, signal);
      if (report && report.after === undefined) metrics.recordInventory(report);
      return report;
    };
    const reports = Promise.allSettled(registry.list().map(takeStock));
    const begun: Promise<number>[] = [];
    // A sweep stays with tenants that take their time; those that become due meanwhile are not to wait for it.
    while (time() > PAUSE) {
      begun.push(sweeper.sweep({ signal, until, waitMs: Math.min(10_000, time()) }));
      await pause(PAUSE);
    }
    const reconciled = (await Promise.all(begun)).reduce((sum, taken) => sum + taken, 0);
    const settled = await reports;
    metrics.recordSweep(reconciled);
    const errors = settled.flatMap((report) => (report.status === 'rejected' ? [report.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, `taking stock failed: ${errors.map(messageOf).join('; ')}`);
    return {
      reconciled,
      inventory: settled.flatMap((report) => (report.status === 'fulfilled' && report.value ? [report.value] : [])),
    };
  },
});
