import { effect } from '@preact/signals';
import { http, read } from '../api/http.ts';
import { RequestError } from '../api/problem.ts';
import { tokenIsNeeded } from '../api/token.ts';
import type { OperationSummary } from '../api/types.ts';
import { tellChange } from './changes.ts';
import { type Connection, setConnection } from './connection.ts';
import { pause } from './pause.ts';
import { readStream } from './stream.ts';
import { isVisible } from './visibility.ts';

/** Milliseconds between two looks at the latest operations: beside a stream, and where there is none. */
const LOOK = { live: 2_000, polling: 5_000 } as const;

/** Pauses before the next attempt to connect. */
const RETRY = { first: 500, longest: 5_000 } as const;

/**
 * Follows the control plane while the page is visible, and tells which tenants changed.
 *
 * Two sources complete each other. Announcements are streamed at once, but only outcomes and changes of health are
 * announced. The list of operations also has changes that have just begun; one small page of it is read every few seconds.
 * On AWS there is no stream, and the list is the only source between two reads of everything.
 */
export function follow(): void {
  let running: AbortController | undefined;
  effect(() => {
    running?.abort();
    if (!isVisible.value || tokenIsNeeded.value) return;
    running = new AbortController();
    void stream(running.signal);
  });
}

async function stream(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    const lookedAt = new AbortController();
    const open = (state: Connection & keyof typeof LOOK) => {
      failures = 0;
      setConnection(state);
      tellChange({ tenantIds: 'any' });
      return lookAtOperations(LOOK[state], AbortSignal.any([signal, lookedAt.signal]));
    };
    const onTenant = (tenantId: string) => tellChange({ tenantIds: [tenantId] });
    const end = await readStream({ onOpen: () => void open('live'), onTenant }, signal);
    if (signal.aborted) return lookedAt.abort();
    if (end === 'unsupported' && (await answers())) await open('polling');
    lookedAt.abort();
    if (signal.aborted) return;
    setConnection('offline');
    await pause(Math.min(RETRY.longest, RETRY.first * 2 ** failures), signal);
  }
}

/** Reads the latest operations again and again, and tells of those that are new or have ended. Ends when a read fails. */
async function lookAtOperations(every: number, signal: AbortSignal): Promise<void> {
  let known: ReadonlySet<string> | undefined;
  while (!signal.aborted) {
    try {
      const { operations } = await read(http.GET('/v1/operations', { params: { query: { limit: 50 } }, signal }));
      const seen = operations.map((operation) => ({ operation, key: keyOf(operation) }));
      const fresh = seen.filter(({ key }) => known && !known.has(key));
      const tenantIds = [...new Set(fresh.map(({ operation }) => operation.tenant_id))];
      if (tenantIds.length > 0) tellChange({ tenantIds });
      known = new Set(seen.map(({ key }) => key));
    } catch (error) {
      if (error instanceof RequestError && error.fault === 'connection') return;
    }
    await pause(every, signal);
  }
}

function keyOf({ operation_id, state }: OperationSummary): string {
  return `${operation_id} ${state}`;
}

async function answers(): Promise<boolean> {
  return read(http.GET('/v1/providers')).then(
    () => true,
    () => false,
  );
}
