import { randomUUID } from 'node:crypto';
import { messageOf } from '../src/compute/errors.ts';
import type { InventoryReport } from '../src/tenants/sweep/inventory.ts';
import { SweepRun } from '../src/tenants/sweep/sweep-run.ts';
import { schedule } from './runtime/events/schedule.ts';
import { sweeps } from './runtime/setup/sweeps.ts';

/** Time reserved before the time-out of Lambda, to release the leases of running work. Milliseconds. */
const MARGIN = 5_000;

/** Milliseconds between two looks for due work. */
const PAUSE = 1_000;
/** How many looks for due work come to one look for pending changes of health, or for a round that is due. */
const LOOKS_PER_WATCH = 5;

/** The kinds of work, in the order in which their failures are reported. */
const kinds = ['sweep', 'rollouts', 'inventory', 'watch'] as const;
type Kind = (typeof kinds)[number];

/**
 * Runs every minute, and as soon as a change leaves work behind. It reconciles due work and rollouts, takes the inventory of
 * each provider that is due, and looks at the health of all tenants, round after round. It ends when no work is due within
 * its minute, or a later run began, which continues its work. An unreachable provider fails the run, but only after all
 * other work is done.
 */
export const handler = await schedule({
  name: 'on-sweep',
  uses: sweeps,
  async run({ sweeper, rolloutSweeper, inventorySchedule, watchSchedule, registry, table, metrics, remaining, pause }) {
    const time = () => remaining() - MARGIN;
    const signal = AbortSignal.timeout(Math.max(0, time()));
    const until = Date.now() + time();
    const providers = registry.list();
    const underWay = new Set<Promise<void>>();
    const failures: Record<Kind, unknown[]> = { sweep: [], rollouts: [], inventory: [], watch: [] };
    const inventory: InventoryReport[] = [];
    const watched = new Set<string>();
    const sweepRun = new SweepRun(table, randomUUID());
    let reconciled = 0;

    const begin = (kind: Kind, work: () => Promise<void>) => {
      const task = work()
        .catch((reason: unknown) => void failures[kind].push(reason))
        .finally(() => underWay.delete(task));
      underWay.add(task);
    };
    const takeInventory = async (provider: string) => {
      const report = await inventorySchedule.runIfDue(provider, signal);
      if (report && report.after === undefined) metrics.recordInventory(report);
      if (report) inventory.push(report);
    };
    const keepWatch = async (provider: string) => {
      watched.add(provider);
      const report = await watchSchedule.runIfDue(provider, signal).finally(() => watched.delete(provider));
      if (report) metrics.recordWatch(report);
    };
    // Where the table cannot be read, the next look fails, and fails the run.
    const isOver = async () => {
      if (!(await sweepRun.isLatest())) return true;
      if (underWay.size > 0 || failures.sweep.length + failures.rollouts.length > 0) return false;
      return !(await sweeper.hasWork(until)) && !(await rolloutSweeper.hasWork(until));
    };

    for (const provider of providers) begin('inventory', () => takeInventory(provider));
    if (time() > PAUSE) await sweepRun.begin().catch((reason: unknown) => failures.sweep.push(reason));
    for (let looks = 0; time() > PAUSE; looks += 1) {
      // A sweep waits for slow tenants. Tenants that become due meanwhile are taken by the next one, a second later.
      const waitMs = Math.min(10_000, time());
      begin('sweep', async () => {
        reconciled += await sweeper.sweep({ signal, until, waitMs });
      });
      begin('rollouts', async () => void (await rolloutSweeper.sweep({ signal })));
      if (looks % LOOKS_PER_WATCH === 0) {
        for (const provider of providers) if (!watched.has(provider)) begin('watch', () => keepWatch(provider));
      }
      await pause(PAUSE);
      if (await isOver().catch(() => false)) break;
    }
    await Promise.all(underWay);
    metrics.recordSweep(reconciled, sweeper.skipped);
    for (const kind of kinds) throwFailures(`${kind} failed`, failures[kind]);
    return { reconciled, ...(sweeper.skipped > 0 && { skipped: sweeper.skipped }), inventory };
  },
});

/** Throws an `AggregateError` if there are any. */
function throwFailures(message: string, errors: readonly unknown[]): void {
  if (errors.length > 0) throw new AggregateError(errors, `${message}: ${errors.map(messageOf).join('; ')}`);
}
