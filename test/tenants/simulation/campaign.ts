import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { addTally, emptyTally, type Tally } from './tally.ts';
import { type Budget, perform, tasksOf } from './task.ts';

/** Performs all tasks of a budget in this thread. */
export async function campaign(budget: Budget): Promise<Tally> {
  const total = emptyTally();
  for (const task of tasksOf(budget)) addTally(total, await perform(task));
  return total;
}

/** Performs all tasks of a budget on all cores. */
export async function campaignOnAllCores(budget: Budget): Promise<Tally> {
  const total = emptyTally();
  const tasks = tasksOf(budget);
  const next = () => tasks.shift();
  await Promise.all(Array.from({ length: availableParallelism() }, () => employ(next, total)));
  return total;
}

async function employ(next: () => unknown, total: Tally): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  try {
    for (let task = next(); task; task = next()) {
      const { promise, resolve, reject } = Promise.withResolvers<Tally>();
      worker.once('message', resolve).once('error', reject);
      worker.postMessage(task);
      addTally(total, await promise);
      worker.removeListener('error', reject);
    }
  } finally {
    await worker.terminate();
  }
}
