import type { Client } from '../../client/client.ts';
import type { Operation } from '../../client/types.ts';
import { describeOperation } from '../output/operation-text.ts';
import type { ProgressDisplay } from '../terminal/progress.ts';

export interface FollowOptions {
  tenant: string;
  progress: ProgressDisplay;
  signal: AbortSignal;
  timeoutMs: number;
}

/** How waiting ended. `lost`: the control plane became unreachable. */
export type Followed =
  | { kind: 'ended'; operation: Operation }
  | { kind: 'lost'; error: Error }
  | { kind: 'timed-out' }
  | { kind: 'interrupted' };

/** Waits until an operation ends and shows its progress. */
export async function followOperation(client: Client, id: string, options: FollowOptions): Promise<Followed> {
  const { tenant, progress, signal, timeoutMs } = options;
  try {
    const operation = await client.waitForOperation(id, {
      signal,
      timeoutMs,
      onProgress: (seen) => {
        if (seen.state === 'running') progress.tell(tenant, describeOperation(seen));
      },
    });
    return { kind: 'ended', operation };
  } catch (error) {
    if (signal.aborted) return { kind: 'interrupted' };
    if (error instanceof Error && error.name === 'WaitTimeoutError') return { kind: 'timed-out' };
    if (error instanceof Error && error.name === 'UnreachableError') return { kind: 'lost', error };
    throw error;
  }
}
