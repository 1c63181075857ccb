import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { rateLimiterAlone } from './rate-limiter-alone.ts';
import { storm } from './storm.ts';

const measurements = { storm, rateLimiterAlone };
type Measurements = typeof measurements;

let freeCores = availableParallelism();
const waiting: (() => void)[] = [];

/** Runs a measurement in its own thread, as soon as a core is free. */
export async function measured<Name extends keyof Measurements>(
  name: Name,
  ...args: Parameters<Measurements[Name]>
): Promise<Awaited<ReturnType<Measurements[Name]>>> {
  if (freeCores > 0) freeCores -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Measurements[Name]>>>();
    new Worker(new URL(import.meta.url), { workerData: { name, args } }).once('message', resolve).once('error', reject);
    return await promise;
  } finally {
    const next = waiting.shift();
    if (next) next();
    else freeCores += 1;
  }
}

if (parentPort) {
  const { name, args } = workerData as { name: keyof Measurements; args: unknown[] };
  const measure = measurements[name] as (...args: unknown[]) => Promise<unknown>;
  parentPort.postMessage(await measure(...args));
}
