/** The pause after the first failure, which doubles with each further one, and the longest. Milliseconds. */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** The most that are remembered. */
const MAX_KNOWN = 10_000;

/**
 * Tenants whose item could not be read or written lately. Each rests for a growing time, so that no number of damaged items
 * at the head of the index keeps a sweep from the tenants behind them. A process keeps this for itself: another one finds
 * out anew, with one read of each.
 */
export class SkippedTenants {
  readonly #elapsed: () => number;
  readonly #known = new Map<string, { failures: number; until: number }>();

  /** `elapsed`: returns milliseconds that never go back. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** How many tenants failed at their latest try. */
  get size(): number {
    return this.#known.size;
  }

  has(tenantId: string): boolean {
    const known = this.#known.get(tenantId);
    return known !== undefined && this.#elapsed() < known.until;
  }

  /** Returns true for a tenant that failed at its latest try, also when its rest is over. */
  knows(tenantId: string): boolean {
    return this.#known.has(tenantId);
  }

  /** Has a tenant rest after a failure. Returns true for its first one. */
  add(tenantId: string): boolean {
    const failures = (this.#known.get(tenantId)?.failures ?? 0) + 1;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const pause = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(failures - 1, 20));
    this.#known.set(tenantId, { failures, until: this.#elapsed() + pause });
    return failures === 1;
  }

  /** Forgets a tenant that could be read and written. */
  remove(tenantId: string): void {
    this.#known.delete(tenantId);
  }
}
