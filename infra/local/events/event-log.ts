import type { Database } from '../database/database.ts';

/** An event as EventBridge delivers it. */
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
  place: number;
  /** The `event_id` of the announcement. */
  id: string;
  event: DeliveredEvent;
}

/** Unlike `ON CONFLICT DO NOTHING`, leaves no gap in the places, by which the oldest are counted. */
const INSERT_NEW = `INSERT INTO announcements (id, event)
  SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM announcements WHERE id = ?1)`;

/** The latest announcements of this machine, each once, in the order in which they arrived. */
export class EventLog {
  readonly #database: Database;
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();

  constructor(database: Database, { limit = 10_000 } = {}) {
    this.#database = database;
    this.#limit = limit;
  }

  /** Stores the events that the log does not hold yet, and removes the oldest beyond the limit. */
  append(events: readonly DeliveredEvent[]): void {
    const database = this.#database;
    database.transaction(() => {
      for (const event of events) {
        const { event_id } = event.detail.metadata as { event_id: string };
        database.run(INSERT_NEW, event_id, JSON.stringify(event));
      }
      const excess = 'DELETE FROM announcements WHERE place <= (SELECT max(place) FROM announcements) - ?';
      database.run(excess, this.#limit);
    });
    for (const listener of this.#listeners) listener();
  }

  /**
   * Returns where to read on after the announcement with this id: from the oldest, if the log does not hold it any more.
   * Without an id, after the latest.
   */
  placeAfter(id: string | undefined): number {
    const sql = 'SELECT max(place) AS place FROM announcements';
    const row =
      id === undefined
        ? this.#database.get<{ place: number | null }>(sql)
        : this.#database.get<{ place: number | null }>(`${sql} WHERE id = ?`, id);
    return row?.place ?? 0;
  }

  /** Returns the next announcements after a place. */
  read(after: number, limit: number): LoggedEvent[] {
    const sql = 'SELECT place, id, event FROM announcements WHERE place > ? ORDER BY place LIMIT ?';
    const rows = this.#database.all<{ place: number; id: string; event: string }>(sql, after, limit);
    return rows.map(({ place, id, event }) => ({ place, id, event: JSON.parse(event) as DeliveredEvent }));
  }

  /** Calls a listener after each append. Returns a function that removes it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
