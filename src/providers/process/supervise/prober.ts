import type { Run } from '../records/record.ts';
import { type ProbeTarget, probe } from './probe.ts';

export interface ProbedHealth {
  /** Undefined until one of the thresholds has been reached. */
  healthy: boolean | undefined;
  /** Why the last check failed. */
  error: string | undefined;
  /** Milliseconds until the next check is due; 0 while one is in flight. */
  nextIn: number;
}

interface ProbeHistory {
  tenantId: string;
  healthy?: boolean;
  wasHealthy: boolean;
  error?: string | undefined;
  successes: number;
  failures: number;
  dueAt: number;
  inFlight: boolean;
}

/**
 * Runs health checks in the background, at their own intervals, so that no pass over a tenant waits for one. It keeps the
 * last results of each run in memory. Their conclusion is in the record, and a new prober reaches it again by itself.
 */
export class Prober {
  readonly #histories = new Map<string, ProbeHistory>();
  readonly #closed = new AbortController();
  readonly #onResult: (tenantId: string) => void;

  /** Calls `onResult` after each check, except for successes of a run that is healthy already. */
  constructor(onResult: (tenantId: string) => void) {
    this.#onResult = onResult;
  }

  /**
   * Returns the health of a run by its checks so far, and starts a check in the background if one is due.
   * `wasHealthy` is the record's word on this run: until its first success the start-up interval applies.
   */
  healthOf(
    tenantId: string,
    run: Run,
    target: ProbeTarget,
    { startupIntervalMs, wasHealthy }: { startupIntervalMs: number; wasHealthy: boolean },
  ): ProbedHealth {
    let history = this.#histories.get(run.run_id);
    if (!history) {
      history = { tenantId, wasHealthy, successes: 0, failures: 0, dueAt: 0, inFlight: false };
      this.#histories.set(run.run_id, history);
    }
    const now = performance.now();
    if (!history.inFlight && now >= history.dueAt && !this.#closed.signal.aborted) {
      void this.#probe(history, target, startupIntervalMs);
    }
    const nextIn = history.inFlight ? 0 : Math.max(0, history.dueAt - now);
    return { healthy: history.healthy, error: history.error, nextIn };
  }

  /** Forgets all runs of a tenant but these. */
  keepOnly(tenantId: string, runs: readonly Run[]): void {
    const kept = new Set(runs.map((run) => run.run_id));
    for (const [runId, history] of this.#histories) {
      if (history.tenantId === tenantId && !kept.has(runId)) this.#histories.delete(runId);
    }
  }

  /** Aborts the checks in flight, and starts no more. */
  close(): void {
    this.#closed.abort();
  }

  async #probe(history: ProbeHistory, target: ProbeTarget, startupIntervalMs: number): Promise<void> {
    const startedAt = performance.now();
    history.inFlight = true;
    const error = await probe(target, this.#closed.signal);
    history.inFlight = false;
    if (this.#closed.signal.aborted) return;
    const { check } = target;
    const wasSteady = history.healthy === true;
    history.error = error;
    history.successes = error === undefined ? history.successes + 1 : 0;
    history.failures = error === undefined ? 0 : history.failures + 1;
    if (history.successes >= check.healthy_threshold) history.healthy = history.wasHealthy = true;
    if (history.failures >= check.unhealthy_threshold) history.healthy = false;
    history.dueAt = startedAt + (history.wasHealthy ? check.interval_seconds * 1000 : startupIntervalMs);
    if (!wasSteady || !history.healthy) this.#onResult(history.tenantId);
  }
}
