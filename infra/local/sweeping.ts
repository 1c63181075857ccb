import type { Services } from '../../functions/runtime/services.ts';
import { sweeps } from '../../functions/runtime/sweeps.ts';
import { messageOf } from '../../src/compute/errors.ts';
import { systemClock } from '../../src/tenants/ports.ts';

export interface SweepingOptions {
  /** Milliseconds between two looks for unfinished work. */
  sweepEvery?: number | undefined;
  /** Milliseconds between two comparisons of what the providers hold with the table. */
  inventoryEvery?: number | undefined;
}

/** Does on a timer what a schedule does on AWS. Answers how to stop it: what is under way is left for the next start. */
export function startSweeping(services: Services, options: SweepingOptions = {}): () => Promise<void> {
  const { sweepEvery = 500, inventoryEvery = 30_000 } = options;
  const { registry } = services;
  const { sweeper, inventory } = sweeps(services);
  const stopping = new AbortController();
  const { signal } = stopping;
  const begun = new Set<Promise<unknown>>();
  const takeStock = () => Promise.all(registry.list().map((provider) => inventory.take(provider, signal)));
  // A sweep stays with tenants that take their time; those that become due meanwhile are not to wait for it.
  const begin = (aloneSince?: number) => {
    const sweep = sweeper
      .sweep({ signal, aloneSince })
      .catch((error: unknown) => report(services, error))
      .finally(() => begun.delete(sweep));
    begun.add(sweep);
  };
  begin(Date.now()); // whoever held a lease before us is dead: the data directory is ours alone
  const loops = [
    repeat(services, sweepEvery, signal, async () => begin()),
    repeat(services, inventoryEvery, signal, takeStock),
  ];
  return async () => {
    stopping.abort(new Error('the host stops'));
    await Promise.allSettled([...loops, ...begun]);
  };
}

async function repeat(
  services: Services,
  every: number,
  signal: AbortSignal,
  work: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => report(services, error));
    await systemClock.sleep(every, signal).catch(() => undefined);
  }
}

function report({ logger }: Services, error: unknown): void {
  logger.error('sweep failed', { component: 'local-host', error: messageOf(error) });
}
