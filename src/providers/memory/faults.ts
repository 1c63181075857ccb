import {
  DestroyFailedError,
  ProviderFailedError,
  ProvisionFailedError,
  StopFailedError,
  ThrottledError,
  TimeoutError,
  UpdateFailedError,
} from '../../compute/errors.ts';
import type { MemoryBackend } from './backend.ts';
import type { Fault, FaultOperation, MemoryFaults } from './config.ts';

const failures = {
  provision: ProvisionFailedError,
  update: UpdateFailedError,
  destroy: DestroyFailedError,
  stop: StopFailedError,
};

/** Returns the fault to inject now, if any, and counts it in the backend, so that all instances share the count. */
export function takeFault(
  { counters }: MemoryBackend,
  resource: string,
  operation: FaultOperation,
  faults: MemoryFaults,
): Fault | undefined {
  const fault = toFault(faults[operation]);
  if (!fault || fault.kind === 'invisible') return undefined;
  return count(counters, resource, operation, fault.times) ? fault : undefined;
}

/** Returns true if this read must not find an existing tenant: the fault `invisible`, which counts reads. */
export function isHidden({ counters }: MemoryBackend, resource: string, faults: MemoryFaults): boolean {
  const provision = toFault(faults.provision);
  return provision?.kind === 'invisible' && count(counters, resource, 'invisible', provision.times);
}

function toFault(fault: Fault | Fault['kind'] | undefined): Fault | undefined {
  return typeof fault === 'string' ? { kind: fault } : fault;
}

/** Counts one injection. Returns false once there were `times`; without `times` it always returns true. */
function count(
  counters: MemoryBackend['counters'],
  resource: string,
  what: string,
  times: number | undefined,
): boolean {
  if (times === undefined) return true;
  const counts = counters.get(resource);
  const soFar = counts?.[what] ?? 0;
  if (soFar >= times) return false;
  counters.set(resource, { ...counts, [what]: soFar + 1 });
  return true;
}

/** Injects the part of a fault that comes before the work: it throws, hangs, or does nothing. */
export async function injectBefore(
  fault: Fault | undefined,
  operation: FaultOperation,
  signal: AbortSignal | undefined,
): Promise<void> {
  switch (fault?.kind) {
    case 'throttled': {
      const { retry_after_ms: retryAfterMs } = fault;
      const pause = retryAfterMs === undefined ? '' : `, retry after ${retryAfterMs} ms`;
      throw new ThrottledError(`the memory provider was asked to refuse ${operation}${pause}`, { retryAfterMs });
    }
    case 'error':
      throw new ProviderFailedError(`the memory provider was asked to break down at ${operation}`);
    case 'failed': {
      const Failure = failures[operation as keyof typeof failures];
      throw new Failure(`the memory provider was asked to fail ${operation}`);
    }
    case 'throw_string':
      throw 'the memory provider threw a string';
    case 'throw_plain':
      throw new Error('ENOENT: no such file or directory, open /var/lib/memory/internal.db');
    case 'hang':
      return untilAborted(signal);
    case 'hang_deaf':
      return untilAborted(undefined);
  }
}

/** Injects the part of a fault that comes after the work: it throws, or replaces the answer. */
export function injectAfter<T>(fault: Fault | undefined, operation: FaultOperation, answer: T): T {
  if (fault?.kind === 'timeout_after_effect' || fault?.kind === 'between_versions') {
    throw new TimeoutError(`the memory provider was asked not to answer ${operation}, which had its effect`);
  }
  // The cast is the fault: callers must not trust the type of a provider's answer.
  if (fault?.kind === 'garbage') return { tenant_id: 42, warnings: 'many', state: 'fine' } as T;
  return answer;
}

/** Waits. Rejects with the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    else signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
