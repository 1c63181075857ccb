import { backoffMs } from '../compute/backoff.ts';
import { messageOf } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import { ANNOUNCEMENT_SOURCE, type Announcement } from '../tenants/model/announcing.ts';
import { type EventEntry, entrySize, MAX_ENTRIES, MAX_ENTRY_BYTES } from './entry.ts';

/** What became of one entry: an id, or why it was not taken. */
export interface EntryOutcome {
  EventId?: string | undefined;
  ErrorCode?: string | undefined;
}

/** A bus, as far as announcements need one: at most `MAX_ENTRIES` at a time; one outcome for each, in their order. */
export type PutEntries = (entries: readonly EventEntry[]) => Promise<readonly EntryOutcome[]>;

/** Which the bus may take when it is asked again; the others it will refuse again. Named in the reference of PutEventsResultEntry. */
const RETRYABLE = new Set(['InternalFailure', 'ThrottlingException']);

export interface PublisherOptions {
  put: PutEntries;
  logger: Logger;
  sleep: (ms: number) => Promise<void>;
  random?: (() => number) | undefined;
  /** How often an entry is put at most. */
  tries?: number | undefined;
}

/** Thrown where a single announcement could not be made. */
export class AnnouncementFailedError extends Error {}

/** Tells the bus what ended. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Answers those that the bus did not take, after the tries there are. Repeating one is harmless: its `event_id` tells. */
  async publish(announcements: readonly Announcement[]): Promise<Announcement[]> {
    const { tries = 4, random = Math.random, sleep } = this.#options;
    const lost: Announcement[] = [];
    let left = [...announcements];
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const again: Announcement[] = [];
      for (const batch of batches(left)) {
        for (const { announcement, code } of await this.#put(batch)) {
          if (attempt < tries && RETRYABLE.has(code)) again.push(announcement);
          else lost.push(this.#lose(announcement, code));
        }
      }
      left = again;
      if (left.length > 0) await sleep(backoffMs(attempt, { random, baseMs: 100, capMs: 2_000 }));
    }
    return lost;
  }

  /** Throws `AnnouncementFailedError`. */
  async publishOne(announcement: Announcement): Promise<void> {
    const [lost] = await this.publish([announcement]);
    if (lost) throw new AnnouncementFailedError(`the bus did not take ${lost.detail.metadata.event_id}`);
  }

  /** Those that were not taken, and why. */
  async #put(batch: readonly Announcement[]): Promise<{ announcement: Announcement; code: string }[]> {
    try {
      const outcomes = await this.#options.put(batch.map(toEntry));
      return batch.flatMap((announcement, index) => {
        const { EventId, ErrorCode } = outcomes[index] ?? {};
        return EventId === undefined || ErrorCode !== undefined
          ? [{ announcement, code: ErrorCode ?? 'InternalFailure' }]
          : [];
      });
    } catch (error) {
      this.#options.logger.warn('bus not reached', { component: 'publisher', error: messageOf(error) });
      // The client has tried again by itself; and without a bus no entry will ever be taken.
      const code = error instanceof Error ? error.name : 'Unknown';
      return batch.map((announcement) => ({ announcement, code }));
    }
  }

  #lose(announcement: Announcement, code: string): Announcement {
    const { event_id } = announcement.detail.metadata;
    const { tenant_id } = announcement.detail.data;
    this.#options.logger.error('announcement failed', { component: 'publisher', event_id, tenant_id, code });
    return announcement;
  }
}

/** An announcement as an entry. Its time is when the operation ended, however late or often it is told. */
function toEntry({ detail_type, detail }: Announcement): EventEntry {
  return {
    Source: ANNOUNCEMENT_SOURCE,
    DetailType: detail_type,
    Detail: JSON.stringify(detail),
    Time: new Date(detail.metadata.occurred_at),
  };
}

/** In their order, each as large as one call may be. */
function batches(announcements: readonly Announcement[]): Announcement[][] {
  const made: Announcement[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const announcement of announcements) {
    const size = entrySize(toEntry(announcement));
    const last = made.at(-1);
    if (last && last.length < MAX_ENTRIES && bytes + size <= MAX_ENTRY_BYTES) {
      last.push(announcement);
      bytes += size;
    } else {
      made.push([announcement]);
      bytes = size;
    }
  }
  return made;
}
