import type { Run } from '../records/records.ts';
import { type ProbeTarget, probe } from './probe.ts';

export interface ProbeVerdict {
  /** Undefined until there were enough answers of one kind. */
  healthy: boolean | undefined;
  error: string | undefined;
  /** Milliseconds until the next answer is due; 0 while one is awaited, which `onVerdict` tells of unless all stays well. */
  nextIn: number;
}

interface Series {
  tenantId: string;
  healthy: boolean | undefined;
  wasHealthy: boolean;
  error: string | undefined;
  successes: number;
  failures: number;
  dueAt: number;
  asking: boolean;
}

/**
 * Asks containers for their health at their own pace, aside from the looks at tenants, which wait for nothing. It remembers
 * the last answers of each run; what follows from them is in the records, and a new prober gets there again by itself.
 */
export class Prober {
  readonly #series = new Map<string, Series>();
  readonly #closed = new AbortController();
  readonly #onVerdict: (tenantId: string) => void;

  constructor(onVerdict: (tenantId: string) => void) {
    this.#onVerdict = onVerdict;
  }

  /**
   * What the answers so far amount to. Asks again, without waiting for it, where that is due.
   * `wasHealthy` is what the record says of this run.
   */
  verdict(
    tenantId: string,
    run: Run,
    target: ProbeTarget,
    { startupIntervalMs, wasHealthy }: { startupIntervalMs: number; wasHealthy: boolean },
  ): ProbeVerdict {
    let series = this.#series.get(run.run_id);
    if (!series) {
      series = {
        tenantId,
        healthy: undefined,
        wasHealthy,
        error: undefined,
        successes: 0,
        failures: 0,
        dueAt: 0,
        asking: false,
      };
      this.#series.set(run.run_id, series);
    }
    const now = performance.now();
    if (!series.asking && now >= series.dueAt && !this.#closed.signal.aborted) {
      void this.#ask(series, target, startupIntervalMs);
    }
    const nextIn = series.asking ? 0 : Math.max(0, series.dueAt - now);
    return { healthy: series.healthy, error: series.error, nextIn };
  }

  /** Forgets the runs of a tenant that are no more. */
  keepOnly(tenantId: string, runs: readonly Run[]): void {
    const kept = new Set(runs.map((run) => run.run_id));
    for (const [runId, series] of this.#series) {
      if (series.tenantId === tenantId && !kept.has(runId)) this.#series.delete(runId);
    }
  }

  /** Asks no more. */
  close(): void {
    this.#closed.abort();
  }

  async #ask(series: Series, target: ProbeTarget, startupIntervalMs: number): Promise<void> {
    const begun = performance.now();
    series.asking = true;
    const error = await probe(target, this.#closed.signal);
    series.asking = false;
    if (this.#closed.signal.aborted) return;
    const { check } = target;
    const wasSteady = series.healthy === true;
    series.error = error;
    series.successes = error === undefined ? series.successes + 1 : 0;
    series.failures = error === undefined ? 0 : series.failures + 1;
    if (series.successes >= check.healthy_threshold) series.healthy = series.wasHealthy = true;
    if (series.failures >= check.unhealthy_threshold) series.healthy = false;
    series.dueAt = begun + (series.wasHealthy ? check.interval_seconds * 1000 : startupIntervalMs);
    if (!wasSteady || !series.healthy) this.#onVerdict(series.tenantId);
  }
}
