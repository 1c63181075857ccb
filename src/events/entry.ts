/** One entry of PutEvents, as far as Berth uses it. Names are those of the API. */
export interface EventEntry {
  Source: string;
  DetailType: string;
  /** JSON. */
  Detail: string;
  Time?: Date | undefined;
  Resources?: string[] | undefined;
}

/**
 * The most that Berth puts into one entry, and into one call: EventBridge, SQS and Lambda took 256 KB for years, and what
 * wraps an event on its way needs room too.
 */
export const MAX_ENTRY_BYTES = 240 * 1024;

/** The most entries that one call of PutEvents takes. */
export const MAX_ENTRIES = 10;

/**
 * The size of an entry as EventBridge counts it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/calculate-putevents-entry-size.html
 */
export function entrySize({ Source, DetailType, Detail, Time, Resources = [] }: EventEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time ? 14 : 0) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
