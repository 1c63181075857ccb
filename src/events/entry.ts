/** One entry of PutEvents: the fields that Berth uses, under the names of the API. */
export interface EventEntry {
  Source: string;
  DetailType: string;
  /** JSON. */
  Detail: string;
  Time?: Date | undefined;
  Resources?: string[] | undefined;
}

/**
 * The largest entry, and the largest call, that Berth sends. The limit of EventBridge, SQS and Lambda was 256 KB for years,
 * and each of them wraps the event.
 */
export const MAX_ENTRY_BYTES = 240 * 1024;

/** The most entries in one call of PutEvents. */
export const MAX_ENTRIES = 10;

/**
 * Returns the size of an entry in bytes, as EventBridge counts it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/calculate-putevents-entry-size.html
 */
export function entrySize({ Source, DetailType, Detail, Time, Resources = [] }: EventEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time ? 14 : 0) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
