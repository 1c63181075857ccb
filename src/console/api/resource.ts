import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { onChange } from '../live/changes.ts';
import { isVisible } from '../live/visibility.ts';
import { asRequestError, type RequestError } from './problem.ts';

export interface Resource<T> {
  /** The latest answer. A failed refresh keeps it. */
  data: Signal<T | undefined>;
  /** Why the latest request failed. Undefined after a success. */
  error: Signal<RequestError | undefined>;
  refresh(): void;
}

export interface ResourceOptions<T> {
  /** Another key is another resource: it begins empty. */
  key: string;
  load(signal: AbortSignal): Promise<T>;
  /** Milliseconds between refreshes while the page is visible. Default: none. */
  every?: number;
  /** Refreshes after a change of this tenant. */
  tenantId?: string;
}

/** Loads something and keeps it fresh: by the clock, after changes, and when the page is looked at again. */
export function useResource<T>({ key, load, every, tenantId }: ResourceOptions<T>): Resource<T> {
  const data = useSignal<T | undefined>(undefined);
  const error = useSignal<RequestError | undefined>(undefined);
  const loop = useMemo(() => new RefreshLoop(), []);
  useEffect(() => {
    data.value = undefined;
    error.value = undefined;
    const run = async (signal: AbortSignal) => {
      try {
        const loaded = await load(signal);
        if (signal.aborted) return;
        data.value = loaded;
        error.value = undefined;
      } catch (failure) {
        if (!signal.aborted) error.value = asRequestError(failure);
      }
    };
    const stop = loop.start(run, every);
    const unlisten = onChange(({ tenantIds }) => {
      if (tenantIds === 'any' || (tenantId !== undefined && tenantIds.includes(tenantId))) loop.refresh();
    });
    return () => {
      unlisten();
      stop();
    };
  }, [key]);
  return { data, error, refresh: () => loop.refresh() };
}

/** Runs one request at a time. A refresh that arrives while one is under way is done after it. */
class RefreshLoop {
  #run: ((signal: AbortSignal) => Promise<void>) | undefined;
  #controller = new AbortController();
  #isRunning = false;
  #isAsked = false;

  start(run: (signal: AbortSignal) => Promise<void>, every: number | undefined): () => void {
    this.#run = run;
    this.#controller = new AbortController();
    this.#isRunning = false;
    const tick = () => isVisible.value && this.refresh();
    const timer = every === undefined ? undefined : setInterval(tick, every);
    this.refresh();
    return () => {
      clearInterval(timer);
      this.#controller.abort();
      this.#run = undefined;
    };
  }

  refresh(): void {
    this.#isAsked = true;
    if (!this.#isRunning) void this.#drain(this.#controller.signal);
  }

  async #drain(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    while (this.#isAsked && this.#run && !signal.aborted) {
      this.#isAsked = false;
      await this.#run(signal);
    }
    if (!signal.aborted) this.#isRunning = false;
  }
}
