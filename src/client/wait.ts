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
 * that progress is seen while somebody looks, and longer the longer it takes. Throws `WaitTimeoutError` when the time is
 * over, whether Berth answers or not.
 */
export async function waitForOperation(id: string, read: ReadOperation, options: WaitOptions): Promise<Operation> {
  const { signal, timeoutMs, onProgress } = options;
  const over = timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)));
  const either = AbortSignal.any([signal, over].filter((each) => each !== undefined));
  const until = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  let operation: Operation | undefined;
  try {
    for (let wait = 0; ; wait = Math.min(MAX_WAIT, Math.max(1, wait * 2))) {
      const remaining = Math.max(0, until - performance.now());
      const seconds = Math.min(wait, Math.floor(remaining / 1000));
      if (wait > seconds && seconds === 0) await pause(LAST_PAUSE, either);
      operation = await read(id, { signal: either, wait: seconds });
      onProgress?.(operation);
      if (operation.state !== 'running') return operation;
    }
  } catch (error) {
    if (signal?.aborted || !over?.aborted || error !== over.reason) throw error;
    throw new WaitTimeoutError(id, timeoutMs ?? 0, operation);
  }
}
