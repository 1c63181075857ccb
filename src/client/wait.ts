import { ProblemError, UnexpectedAnswerError, UnreachableError, WaitTimeoutError } from './errors.ts';
import { delayAfter, isTransient, pause } from './retry.ts';
import type { CallOptions, Operation, WaitOptions } from './types.ts';

/** How many reads in a row may be refused, each after its own retries. */
const MAX_REFUSALS = 10;

/** How many reads in a row may find no control plane once the operation was read. One that restarts comes back. */
const MAX_ABSENCES = 5;

export type ReadOperation = (id: string, options: CallOptions & { wait: number }) => Promise<Operation>;

/** The longest `wait` that Berth accepts, in seconds. */
const MAX_WAIT_SECONDS = 20;

/** The pause after an answer that came long before it had to. */
const EARLY_PAUSE_MS = 500;

/** The pause between reads within the last second, for which the server cannot wait. */
const LAST_PAUSE_MS = 250;

/**
 * Waits until an operation ends by long polling: Berth holds each read until the operation ends or `wait` is over. The wait
 * grows from 0 to its maximum, so that early progress is visible and long operations cost few requests. Throws
 * `WaitTimeoutError` when `timeoutMs` is over, even if Berth does not answer.
 */
export async function waitForOperation(id: string, read: ReadOperation, options: WaitOptions): Promise<Operation> {
  const { signal, timeoutMs, onProgress } = options;
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)));
  const either = AbortSignal.any([signal, timeout].filter((each) => each !== undefined));
  const until = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  let operation: Operation | undefined;
  let refusals = 0;
  let absences = 0;
  try {
    for (let wait = 0; ; wait = Math.min(MAX_WAIT_SECONDS, Math.max(1, wait * 2))) {
      const remainingMs = Math.max(0, until - performance.now());
      const seconds = Math.min(wait, Math.floor(remainingMs / 1000));
      if (wait > seconds && seconds === 0) await pause(LAST_PAUSE_MS, either);
      const askedAt = performance.now();
      try {
        operation = await read(id, { signal: either, wait: seconds });
        refusals = 0;
        absences = 0;
      } catch (error) {
        if (error instanceof UnreachableError && operation !== undefined && absences < MAX_ABSENCES) {
          absences += 1;
          await pause(delayAfter(absences, null), either);
          wait = 0;
          continue;
        }
        // Too many callers wait at the moment. Short waits leave room for others.
        const isRefusal = error instanceof ProblemError || error instanceof UnexpectedAnswerError;
        refusals += 1;
        if (!isRefusal || !isTransient(error) || refusals > MAX_REFUSALS) throw error;
        await pause(delayAfter(refusals + 3, null), either);
        wait = 0;
        continue;
      }
      onProgress?.(operation);
      if (operation.state !== 'running') return operation;
      // A server that does not wait must not be asked without a pause.
      const isEarly = performance.now() - askedAt < (seconds * 1000) / 2;
      if (isEarly) await pause(EARLY_PAUSE_MS, either);
    }
  } catch (error) {
    if (signal?.aborted || !timeout?.aborted || error !== timeout.reason) throw error;
    throw new WaitTimeoutError(id, timeoutMs ?? 0, operation);
  }
}
