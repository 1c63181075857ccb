import { sweeps } from '../../functions/runtime/events/sweeps.ts';
import type { Services } from '../../functions/runtime/setup/services.ts';
import { messageOf } from '../../src/compute/errors.ts';
import { systemClock } from '../../src/tenants/clock.ts';

/** Milliseconds between two looks for unfinished work. */
const SWEEP_EVERY = 500;
/** Milliseconds between two looks whether it is time to take stock. */
const STOCKTAKING_EVERY = 10_000;

/** Does on a timer what a schedule does on AWS. Answers how to stop it: what is under way is left for the next start. */
export function startSweeping(services: Services): () => Promise<void> {
  const { registry } = services;
  const { sweeper, inventorySchedule } = sweeps(services);
  const stopping = new AbortController();
  const { signal } = stopping;
  const begun = new Set<Promise<unknown>>();
  const takeStock = async (provider: string) => {
    await inventorySchedule.runIfDue(provider, signal).catch((error: unknown) => {
      if (!signal.aborted) report(services, error);
    });
  };
  // A sweep stays with tenants that take their time; those that become due meanwhile are not to wait for it.
  const begin = (aloneSince?: number) => {
    const sweep = sweeper
      .sweep({ signal, exclusiveSince: aloneSince })
      .catch((error: unknown) => report(services, error))
      .finally(() => begun.delete(sweep));
    begun.add(sweep);
  };
  begin(Date.now()); // whoever held a lease before us is dead: the data directory is ours alone
  const loops = [
    repeat(SWEEP_EVERY, signal, async () => begin()),
    repeat(STOCKTAKING_EVERY, signal, () => Promise.all(registry.list().map(takeStock))),
  ];
  return async () => {
    stopping.abort(new Error('the host stops'));
    await Promise.allSettled([...loops, ...begun]);
  };
}

async function repeat(every: number, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await systemClock.sleep(every, signal).catch(() => undefined);
  }
}

function report({ logger }: Services, error: unknown): void {
  logger.error('sweep failed', { component: 'local-host', error: messageOf(error) });
}
