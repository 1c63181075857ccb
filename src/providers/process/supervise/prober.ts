import type { Run } from '../records/record.ts';
import { type ProbeTarget, probe } from './probe.ts';

export interface ProbedHealth {
  /** Undefined until one of the thresholds has been reached. */
  healthy: boolean | undefined;
  /** Why the last check failed. */
  error: string | undefined;
}

export interface ProbeOptions {
  /** The longest interval of checks until the first success. */
  startupIntervalMs: number;
  /** The record's word on this run. */
  wasHealthy: boolean;
}

/** The interval before the second check. */
const FIRST_MS = 20;

interface ProbeHistory {
  tenantId: string;
  healthy?: boolean;
  wasHealthy: boolean;
  error?: string | undefined;
  successes: number;
  failures: number;
  begunAt: number;
  closing: AbortController;
  /** Undefined while a check is in flight. */
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Runs health checks in the background, at their own intervals. No pass over a tenant waits for one, and none is needed as
 * long as the results stay the same. It keeps the last results of each run in memory. Their conclusion is in the record, and
 * a new prober reaches it again by itself.
 */
export class Prober {
  readonly #histories = new Map<string, ProbeHistory>();
  #isClosed = false;
  readonly #onResult: (tenantId: string) => void;

  /** Calls `onResult` when a check has changed the health of a run, or the reason why it is not healthy. */
  constructor(onResult: (tenantId: string) => void) {
    this.#onResult = onResult;
  }

  /**
   * Returns the health of a run by its checks so far. With the first call for a run its checks begin, and go on until
   * `keepOnly` leaves it out.
   */
  healthOf(tenantId: string, run: Run, target: ProbeTarget, options: ProbeOptions): ProbedHealth {
    let history = this.#histories.get(run.run_id);
    if (!history) {
      const { wasHealthy } = options;
      history = {
        tenantId,
        wasHealthy,
        successes: 0,
        failures: 0,
        begunAt: performance.now(),
        closing: new AbortController(),
      };
      this.#histories.set(run.run_id, history);
      if (this.#isClosed) history.closing.abort();
      void this.#probe(history, target, options);
    }
    return { healthy: history.healthy, error: history.error };
  }

  /** Forgets all runs of a tenant but these. */
  keepOnly(tenantId: string, runs: readonly Run[]): void {
    const kept = new Set(runs.map((run) => run.run_id));
    for (const [runId, history] of this.#histories) {
      if (history.tenantId !== tenantId || kept.has(runId)) continue;
      end(history);
      this.#histories.delete(runId);
    }
  }

  /** Aborts the checks in flight, and starts no more. */
  close(): void {
    this.#isClosed = true;
    for (const history of this.#histories.values()) end(history);
  }

  async #probe(history: ProbeHistory, target: ProbeTarget, options: ProbeOptions): Promise<void> {
    const { signal } = history.closing;
    if (signal.aborted) return;
    const startedAt = performance.now();
    const error = await probe(target, signal);
    if (signal.aborted) return;
    const { check } = target;
    const before = { ...history };
    history.error = error;
    history.successes = error === undefined ? history.successes + 1 : 0;
    history.failures = error === undefined ? 0 : history.failures + 1;
    if (history.successes >= check.healthy_threshold) history.healthy = history.wasHealthy = true;
    if (history.failures >= check.unhealthy_threshold) history.healthy = false;
    const pauseMs = history.wasHealthy ? check.interval_seconds * 1000 : startupPause(history, options);
    const again = () => this.#probe(history, target, options);
    history.timer = setTimeout(again, Math.max(1, startedAt + pauseMs - performance.now())).unref();
    const isNews = before.healthy !== history.healthy || (!history.healthy && before.error !== error);
    if (isNews) this.#onResult(history.tenantId);
  }
}

function end({ timer, closing }: ProbeHistory): void {
  clearTimeout(timer);
  closing.abort();
}

/** Grows with the time that the start takes already, so that the last pause lengthens it by a fifth at most. */
function startupPause({ begunAt }: ProbeHistory, { startupIntervalMs }: ProbeOptions): number {
  return Math.min(startupIntervalMs, Math.max(FIRST_MS, (performance.now() - begunAt) / 5));
}
