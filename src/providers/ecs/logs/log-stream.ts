import type { GetLogEventsCommandOutput, OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { nameOf, textOf } from '../api/aws-error.ts';
import type { GetLogEvents } from '../api/client.ts';

/**
 * A position in a stream. CloudWatch has no stable token for the end of a stream, and several events can have the same
 * time, so a position is the time of the last event (in milliseconds) and the number of events of that time read so far.
 */
export type LogPosition = readonly [time: number, count: number];

export interface PositionedEvent {
  time: number;
  message: string;
  /** The position after this event. */
  position: LogPosition;
}

/** Empty pages that are skipped before a read gives up: CloudWatch may return them before the end. */
const MAX_PAGES = 5;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
const MAX_EVENTS = 10_000;

/** A stream of a log group. A stream that does not exist yet has no events. */
export interface LogStream {
  getLogEvents: GetLogEvents;
  group: string;
  name: string;
}

/** Returns the newest events of a stream, oldest first. */
export async function lastEvents(stream: LogStream, count: number): Promise<PositionedEvent[]> {
  const limit = Math.max(count, 1);
  const events = await firstPage(stream, { limit, startFromHead: false }, 'nextBackwardToken');
  const [first, last] = [timeOf(events[0]), timeOf(events.at(-1))];
  // If all events have one time, earlier events of that time may be missing from the page. The position counts them too.
  const isCut = events.length === limit && first === last;
  const before = isCut ? (await countAt(stream, last)) - events.length : 0;
  return positioned(events, [first, Math.max(before, 0)]).slice(count === 0 ? events.length - 1 : 0);
}

/** Returns up to `count` events after a position, oldest first. */
export async function eventsAfter(
  stream: LogStream,
  [time, seen]: LogPosition,
  count: number,
): Promise<PositionedEvent[]> {
  const page = { limit: Math.min(count + seen, MAX_EVENTS), startFromHead: true, startTime: time };
  const isNew = (event: OutputLogEvent, index: number) => timeOf(event) > time || index >= seen;
  return positioned(await firstPage(stream, page, 'nextForwardToken', isNew), [time, seen]);
}

async function countAt(stream: LogStream, time: number): Promise<number> {
  const page = { limit: MAX_EVENTS, startFromHead: true, startTime: time, endTime: time + 1 };
  return (await firstPage(stream, page, 'nextForwardToken')).length;
}

/** Returns the wanted events of the first page that has any. At the end of a stream, CloudWatch repeats the token. */
async function firstPage(
  { getLogEvents, group, name }: LogStream,
  page: { limit: number; startFromHead: boolean; startTime?: number; endTime?: number },
  direction: 'nextForwardToken' | 'nextBackwardToken',
  isWanted: (event: OutputLogEvent, index: number) => boolean = () => true,
): Promise<OutputLogEvent[]> {
  let nextToken: string | undefined;
  let seen = 0;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const input = { logGroupName: group, logStreamName: name, ...page, ...(nextToken && { nextToken }) };
    const output = await getLogEvents(input).catch(toEmptyPage);
    const events = output.events ?? [];
    const offset = seen;
    const wanted = events.filter((event, index) => isWanted(event, offset + index));
    if (wanted.length > 0 || output[direction] === nextToken) return wanted;
    seen += events.length;
    nextToken = output[direction];
  }
  return [];
}

/** Treats a missing stream as empty. Throws other errors again. */
function toEmptyPage(error: unknown): Partial<GetLogEventsCommandOutput> {
  if (nameOf(error) === 'ResourceNotFoundException' && /log stream does not exist/i.test(textOf(error))) return {};
  throw error;
}

function positioned(events: readonly OutputLogEvent[], start: LogPosition): PositionedEvent[] {
  let [at, count] = start;
  return events.map((event) => {
    const time = timeOf(event);
    count = time === at ? count + 1 : 1;
    at = time;
    return { time, message: event.message ?? '', position: [at, count] };
  });
}

function timeOf(event: OutputLogEvent | undefined): number {
  return event?.timestamp ?? 0;
}
