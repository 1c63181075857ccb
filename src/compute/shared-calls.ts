import { setMaxListeners } from 'node:events';

interface Entry<T> {
  promise: Promise<T>;
  abort: AbortController;
  waiting: number;
  /** `performance.now()` when the call ended. */
  endedAt: number | undefined;
}

export interface SharedCallsOptions {
  /** How long a result is cached, in milliseconds. 0: only calls in progress are shared. */
  maxAge: number;
  /** Most cached entries; the oldest is evicted first. */
  maxEntries?: number;
}

/**
 * Shares one call among concurrent callers of the same key, and caches its result for a short time. Failures are not cached.
 *
 * Each caller may have its own abort signal. An aborted caller stops waiting at once, and the call goes on for the others.
 * The call itself is aborted when its last caller has left. A caller without a signal never leaves, so its call is never
 * aborted. An aborted call leaves the cache first, so that the next caller begins a new one.
 */
export class SharedCalls<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #maxAge: number;
  readonly #maxEntries: number;

  constructor({ maxAge, maxEntries = 10_000 }: SharedCallsOptions) {
    this.#maxAge = maxAge;
    this.#maxEntries = maxEntries;
  }

  /**
   * Returns the result of a call in progress, else a result that is younger than `maxAge` milliseconds, else the result of
   * a new call. A caller's own `maxAge` can only be shorter than that of the cache.
   */
  get(
    key: string,
    call: (signal: AbortSignal) => Promise<T>,
    options: { signal?: AbortSignal | undefined; maxAge?: number | undefined } = {},
  ): Promise<T> {
    const known = this.#entries.get(key);
    const entry = known && this.#isFresh(known, options.maxAge ?? this.#maxAge) ? known : this.#start(key, call);
    if (entry.endedAt !== undefined) return entry.promise;
    return options.signal ? this.#wait(key, entry, options.signal) : this.#join(entry);
  }

  /** Forgets a key, also if its call is in progress: the next caller begins a new call. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #isFresh(entry: Entry<T>, maxAge: number): boolean {
    return entry.endedAt === undefined || performance.now() - entry.endedAt < Math.min(maxAge, this.#maxAge);
  }

  #start(key: string, call: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const entry: Entry<T> = { promise: call(abort.signal), abort, waiting: 0, endedAt: undefined };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.promise.then(
      () => {
        entry.endedAt = performance.now();
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
      if (entry.waiting === 0 && entry.endedAt === undefined) {
        this.#remove(key, entry);
        entry.abort.abort(signal.reason);
      }
    }
  }

  #remove(key: string, entry: Entry<T>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
