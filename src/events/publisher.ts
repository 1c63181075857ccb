import { backoffMs } from '../compute/backoff.ts';
import { messageOf } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import { ANNOUNCEMENT_SOURCE, type Announcement } from '../tenants/model/announcing.ts';
import { type EventEntry, entrySize, MAX_ENTRIES, MAX_ENTRY_BYTES } from './entry.ts';

/** The result for one entry: the id of its event, or the code of its error. */
export interface EntryOutcome {
  EventId?: string | undefined;
  ErrorCode?: string | undefined;
}

/** Puts at most `MAX_ENTRIES` entries on a bus. Returns one result for each, in the same order. */
export type PutEntries = (entries: readonly EventEntry[]) => Promise<readonly EntryOutcome[]>;

/**
 * The only error codes of an entry that a retry can overcome.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
const RETRYABLE = new Set(['InternalFailure', 'ThrottlingException']);

export interface PublisherOptions {
  put: PutEntries;
  logger: Logger;
  sleep: (ms: number) => Promise<void>;
  random?: (() => number) | undefined;
  /** Most attempts for an entry. Default 4. */
  tries?: number | undefined;
}

/** The bus did not take an announcement. */
export class AnnouncementFailedError extends Error {}

/** Puts announcements on the bus. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * Returns the announcements that the bus did not take in any attempt. An announcement may be repeated: consumers recognize
   * it by its `event_id`.
   */
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

  /** Throws `AnnouncementFailedError` if the bus does not take the announcement. */
  async publishOne(announcement: Announcement): Promise<void> {
    const [lost] = await this.publish([announcement]);
    if (lost) throw new AnnouncementFailedError(`the bus did not take ${lost.detail.metadata.event_id}`);
  }

  /** Returns the announcements that were not taken, with their error codes. */
  async #put(batch: readonly Announcement[]): Promise<{ announcement: Announcement; code: string }[]> {
    try {
      const results = await this.#options.put(batch.map(toEntry));
      return batch.flatMap((announcement, index) => {
        const { EventId, ErrorCode } = results[index] ?? {};
        return EventId === undefined || ErrorCode !== undefined
          ? [{ announcement, code: ErrorCode ?? 'InternalFailure' }]
          : [];
      });
    } catch (error) {
      this.#options.logger.warn('bus not reached', { component: 'publisher', error: messageOf(error) });
      // Not retried: the client has retried already, and a bus that does not exist takes no entry.
      const code = error instanceof Error ? error.name : 'Unknown';
      return batch.map((announcement) => ({ announcement, code }));
    }
  }

  #lose(announcement: Announcement, code: string): Announcement {
    const { metadata, data } = announcement.detail;
    const about = 'rollout_id' in data ? { rollout_id: data.rollout_id } : { tenant_id: data.tenant_id };
    const fields = { component: 'publisher', event_id: metadata.event_id, ...about, code };
    this.#options.logger.error('announcement failed', fields);
    return announcement;
  }
}

/** The entry's time is the end of the operation, however late or often it is announced. */
function toEntry({ detail_type, detail }: Announcement): EventEntry {
  return {
    Source: ANNOUNCEMENT_SOURCE,
    DetailType: detail_type,
    Detail: JSON.stringify(detail),
    Time: new Date(detail.metadata.occurred_at),
  };
}

/** Splits announcements into batches for one call each. */
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
