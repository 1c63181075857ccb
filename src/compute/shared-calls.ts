import { setMaxListeners } from 'node:events';

interface Entry<T> {
  promise: Promise<T>;
  abort: AbortController;
  waiting: number;
  /** `performance.now()` when it was answered. */
  answeredAt: number | undefined;
}

export interface SharedCallsOptions {
  /** Milliseconds for which an answer is given again. 0: only calls that are under way are shared. */
  maxAge: number;
  /** Entries kept at most; the oldest goes first. */
  maxEntries?: number;
}

/**
 * Lets callers who ask the same thing at the same time share one call, and for a short while its answer. A caller who
 * stops waiting leaves alone; the call itself is aborted when the last one has left. Failures are not kept.
 */
export class SharedCalls<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #maxAge: number;
  readonly #maxEntries: number;

  constructor({ maxAge, maxEntries = 10_000 }: SharedCallsOptions) {
    this.#maxAge = maxAge;
    this.#maxEntries = maxEntries;
  }

  /** The answer for a key: of a call under way, of one that ended within `maxAge` (this caller's, if given), or of a new one. */
  get(
    key: string,
    call: (signal: AbortSignal) => Promise<T>,
    options: { signal?: AbortSignal | undefined; maxAge?: number | undefined } = {},
  ): Promise<T> {
    const known = this.#entries.get(key);
    const entry = known && this.#serves(known, options.maxAge ?? this.#maxAge) ? known : this.#start(key, call);
    if (entry.answeredAt !== undefined) return entry.promise;
    return options.signal ? this.#wait(key, entry, options.signal) : this.#join(entry);
  }

  /** Forgets a key: who asks from now on gets a new call. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #serves(entry: Entry<T>, maxAge: number): boolean {
    return entry.answeredAt === undefined || performance.now() - entry.answeredAt < Math.min(maxAge, this.#maxAge);
  }

  #start(key: string, call: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const entry: Entry<T> = { promise: call(abort.signal), abort, waiting: 0, answeredAt: undefined };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.promise.then(
      () => {
        entry.answeredAt = performance.now();
        if (this.#maxAge === 0) this.#remove(key, entry);
      },
      () => this.#remove(key, entry),
    );
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }

  #join(entry: Entry<T>): Promise<T> {
    entry.waiting = Number.POSITIVE_INFINITY;
    return entry.promise;
  }

  async #wait(key: string, entry: Entry<T>, signal: AbortSignal): Promise<T> {
    entry.waiting += 1;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    entry.promise.then(resolve, reject);
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
      entry.waiting -= 1;
      if (entry.waiting === 0 && entry.answeredAt === undefined) {
        this.#remove(key, entry);
        entry.abort.abort(signal.reason);
      }
    }
  }

  #remove(key: string, entry: Entry<T>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
