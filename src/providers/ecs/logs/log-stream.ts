import type { OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { nameOf, textOf } from '../api/aws-error.ts';
import type { GetLogEvents } from '../api/logs-client.ts';

/** Up to where a stream was read: a time in milliseconds, and how many of the events of that very time. */
export type LogPosition = readonly [time: number, count: number];

export interface PlacedEvent {
  time: number;
  message: string;
  /** Up to and with this event. */
  place: LogPosition;
}

/** Pages without events that are gone through: CloudWatch may give such while there are more. */
const MOST_PAGES = 5;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html#CWL-GetLogEvents-request-limit */
const MOST_EVENTS = 10_000;

/** A stream of a log group, and the way to ask for it. A stream that was not written to yet has nothing. */
export interface Stream {
  ask: GetLogEvents;
  group: string;
  name: string;
}

/** The newest events of a stream, oldest first. */
export async function lastEvents(stream: Stream, count: number): Promise<PlacedEvent[]> {
  const limit = Math.max(count, 1);
  const events = await firstPage(stream, { limit, startFromHead: false }, 'nextBackwardToken');
  const [first, last] = [timeOf(events[0]), timeOf(events.at(-1))];
  // Where all are of one time, there may be more of that time before them: the place counts those too.
  const isCut = events.length === limit && first === last;
  const before = isCut ? (await eventsAt(stream, last)) - events.length : 0;
  return placed(events, [first, Math.max(before, 0)]).slice(count === 0 ? events.length - 1 : 0);
}

/** The next events after a place, as many as were asked for or fewer. */
export async function eventsAfter(stream: Stream, [time, seen]: LogPosition, count: number): Promise<PlacedEvent[]> {
  const limit = Math.min(count + seen, MOST_EVENTS);
  const page = { limit, startFromHead: true, startTime: time };
  const events = await firstPage(
    stream,
    page,
    'nextForwardToken',
    (event, index) => timeOf(event) > time || index >= seen,
  );
  return placed(events, [time, seen]);
}

async function eventsAt(stream: Stream, time: number): Promise<number> {
  const page = { limit: MOST_EVENTS, startFromHead: true, startTime: time, endTime: time + 1 };
  return (await firstPage(stream, page, 'nextForwardToken')).length;
}

/** The first page with an event that is wanted. The end is where the token does not change. */
async function firstPage(
  { ask, group, name }: Stream,
  page: { limit: number; startFromHead: boolean; startTime?: number; endTime?: number },
  direction: 'nextForwardToken' | 'nextBackwardToken',
  isWanted: (event: OutputLogEvent, index: number) => boolean = () => true,
): Promise<OutputLogEvent[]> {
  let nextToken: string | undefined;
  let seen = 0;
  for (let tries = 0; tries < MOST_PAGES; tries += 1) {
    const input = { logGroupName: group, logStreamName: name, ...page, ...(nextToken && { nextToken }) };
    const answer = await ask(input).catch(noStream);
    const events = answer.events ?? [];
    const begun = seen;
    const wanted = events.filter((event, index) => isWanted(event, begun + index));
    if (wanted.length > 0 || answer[direction] === nextToken) return wanted;
    seen += events.length;
    nextToken = answer[direction];
  }
  return [];
}

function noStream(error: unknown): {
  events?: OutputLogEvent[];
  nextForwardToken?: string;
  nextBackwardToken?: string;
} {
  if (nameOf(error) === 'ResourceNotFoundException' && /log stream does not exist/i.test(textOf(error))) return {};
  throw error;
}

function placed(events: readonly OutputLogEvent[], start: LogPosition): PlacedEvent[] {
  let [at, count] = start;
  return events.map((event) => {
    const time = timeOf(event);
    count = time === at ? count + 1 : 1;
    at = time;
    return { time, message: event.message ?? '', place: [at, count] };
  });
}

function timeOf(event: OutputLogEvent | undefined): number {
  return event?.timestamp ?? 0;
}
