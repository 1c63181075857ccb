import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { paceAlone } from './pace-alone.ts';
import { storm } from './storm.ts';

const measures = { storm, paceAlone };
type Measures = typeof measures;

let free = availableParallelism();
const waiting: (() => void)[] = [];

/** Measures in a thread of its own, as soon as there is a core for it. */
export async function measured<Name extends keyof Measures>(
  name: Name,
  ...args: Parameters<Measures[Name]>
): Promise<Awaited<ReturnType<Measures[Name]>>> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Measures[Name]>>>();
    new Worker(new URL(import.meta.url), { workerData: { name, args } }).once('message', resolve).once('error', reject);
    return await promise;
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}

if (parentPort) {
  const { name, args } = workerData as { name: keyof Measures; args: never };
  const measure = measures[name] as (...args: unknown[]) => Promise<unknown>;
  parentPort.postMessage(await measure(...(args as unknown[])));
}
