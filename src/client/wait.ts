import { WaitTimeoutError } from './errors.ts';
import { pause } from './retry.ts';
import type { CallOptions, Operation, WaitOptions } from './types.ts';

export type ReadOperation = (id: string, options: CallOptions & { wait: number }) => Promise<Operation>;

/** The longest that Berth keeps a reader waiting, in seconds. */
const MAX_WAIT = 20;

/** How often to look within the last second, which the server cannot wait for. Milliseconds. */
const LAST_PAUSE = 250;

/**
 * Waits until an operation ends. Berth answers when it does, or after the time it was asked to wait: short at first, so
 * that progress is seen while somebody looks, and longer the longer it takes.
 */
export async function waitForOperation(id: string, read: ReadOperation, options: WaitOptions): Promise<Operation> {
  const { signal, timeoutMs = Number.POSITIVE_INFINITY, onProgress } = options;
  const until = performance.now() + timeoutMs;
  let operation: Operation | undefined;
  for (let wait = 0; ; wait = Math.min(MAX_WAIT, Math.max(1, wait * 2))) {
    const remaining = until - performance.now();
    if (operation && remaining <= 0) throw new WaitTimeoutError(id, timeoutMs, operation);
    const seconds = Math.min(wait, Math.max(0, Math.floor(remaining / 1000)));
    if (wait > 0 && seconds === 0) await pause(Math.min(LAST_PAUSE, remaining), signal);
    operation = await read(id, { signal, wait: seconds });
    onProgress?.(operation);
    if (operation.state !== 'running') return operation;
  }
}
