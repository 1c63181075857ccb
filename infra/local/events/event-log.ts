import type { EventStore } from './event-store.ts';

/** An event as it is delivered. */
export interface DeliveredEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
}

/** An announcement in the log, and its place there. */
export interface LoggedEvent {
  place: string;
  /** The `event_id` of the announcement. */
  id: string;
  event: DeliveredEvent;
}

const PREFIX = 'announced';

/** The announcements of this machine, the latest of them, in the order in which they came. Each is in it once. */
export class EventLog {
  readonly #store: EventStore;
  readonly #limit: number;
  /** The place of each announcement by its id, the oldest first. */
  readonly #places = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #last = 0;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(store: EventStore, limit: number) {
    this.#store = store;
    this.#limit = limit;
  }

  static async open(store: EventStore, { limit = 10_000 } = {}): Promise<EventLog> {
    const log = new EventLog(store, limit);
    for (const [place, event] of await store.read<DeliveredEvent>(PREFIX)) {
      log.#places.set(idOf(event), place);
      log.#last = Number(place);
    }
    return log;
  }

  /** Keeps those that are not in it already; returns when they are kept. The oldest make room. */
  append(events: readonly DeliveredEvent[]): Promise<void> {
    // One after the other: whoever reads on from a place must not miss one that got its place before and is written after.
    const writing = this.#writing.then(() => this.#append(events));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async #append(events: readonly DeliveredEvent[]): Promise<void> {
    const fresh: (readonly [place: string, event: DeliveredEvent | undefined])[] = [];
    for (const event of events) {
      if (this.#places.has(idOf(event))) continue;
      this.#last += 1;
      const place = String(this.#last).padStart(12, '0');
      this.#places.set(idOf(event), place);
      fresh.push([place, event]);
    }
    const excess = [...this.#places].slice(0, Math.max(0, this.#places.size - this.#limit));
    try {
      await this.#store.write(PREFIX, [...fresh, ...excess.map(([, place]) => [place, undefined] as const)]);
    } catch (error) {
      for (const [, event] of fresh) if (event) this.#places.delete(idOf(event));
      throw error;
    }
    for (const [id] of excess) this.#places.delete(id);
    for (const listener of this.#listeners) listener();
  }

  /** Where to read on after an announcement; from the oldest, where that one is not kept any more. Without one, after the latest. */
  placeAfter(id: string | undefined): string {
    if (id === undefined) return String(this.#last).padStart(12, '0');
    return this.#places.get(id) ?? '';
  }

  /** The next announcements after a place. */
  async read(after: string, limit: number): Promise<LoggedEvent[]> {
    const entries = await this.#store.read<DeliveredEvent>(PREFIX, { after, limit });
    return entries.map(([place, event]) => ({ place, id: idOf(event), event }));
  }

  /** Calls a listener whenever there is more to read. Answers how to end that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function idOf({ detail }: DeliveredEvent): string {
  return (detail.metadata as { event_id: string }).event_id;
}
