import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { openLoopback } from '../loopback.ts';

const TARGET = 'Logs_20140328.';
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1024 * 1024;
/** The size of an event besides its text. */
const EVENT_BYTES = 26;

interface LogEvent {
  timestamp: number;
  message: string;
  ingestionTime: number;
}

interface GetLogEventsInput {
  logGroupName?: string;
  logStreamName?: string;
  startTime?: number;
  endTime?: number;
  limit?: number;
  startFromHead?: boolean;
  nextToken?: string;
}

/** A fake CloudWatch Logs on a local port with one operation, GetLogEvents. README.md lists its behaviour with sources. */
export interface FakeLogs {
  url: string;
  calls: { operation: string; input: GetLogEventsInput; refused?: string }[];
  /** Writes events to a stream, as the awslogs driver does. Creates the stream if needed. */
  put(group: string, stream: string, messages: readonly string[], timestamp?: number): void;
  /** Makes the next `times` calls fail with this error. Default: one. */
  refuse(type: string, message: string, times?: number): void;
  /** The number of empty pages, each with a token, before the first events of each read. */
  emptyPages: number;
  close(): Promise<void>;
}

class LogsError extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export async function startFakeLogs(groups: readonly string[]): Promise<FakeLogs> {
  const streams = new Map<string, LogEvent[]>();
  const refusals: LogsError[] = [];
  const calls: FakeLogs['calls'] = [];

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).replace(TARGET, '');
    const input = JSON.parse(await text(request)) as GetLogEventsInput;
    const call: FakeLogs['calls'][number] = { operation, input };
    calls.push(call);
    try {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      if (!/^AWS4-HMAC-SHA256 /.test(request.headers.authorization ?? '')) {
        throw new LogsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
      }
      if (operation !== 'GetLogEvents') throw new LogsError('UnknownOperationException', `no operation ${operation}`);
      send(response, 200, getLogEvents(eventsOf(input), input, fake.emptyPages));
    } catch (error) {
      if (!(error instanceof LogsError)) throw error;
      call.refused = error.type;
      send(response, 400, { __type: error.type, message: error.message });
    }
  }

  function eventsOf({ logGroupName = '', logStreamName = '' }: GetLogEventsInput): LogEvent[] {
    if (!groups.includes(logGroupName)) {
      throw new LogsError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    const events = streams.get(`${logGroupName}:${logStreamName}`);
    if (!events) throw new LogsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    return events;
  }

  const { address, close } = await openLoopback((request, response) => {
    void respond(request, response).catch(() => response.destroy());
  });
  const fake: FakeLogs = {
    url: `http://${address}`,
    calls,
    emptyPages: 0,
    put(group, stream, messages, timestamp = Date.now()) {
      const key = `${group}:${stream}`;
      const events = [...(streams.get(key) ?? [])];
      events.push(...messages.map((message) => ({ timestamp, message, ingestionTime: Date.now() })));
      streams.set(
        key,
        events.toSorted((one, other) => one.timestamp - other.timestamp),
      );
    },
    refuse(type, message, times = 1) {
      for (let time = 0; time < times; time += 1) refusals.push(new LogsError(type, message));
    },
    close,
  };
  return fake;
}

/** A token contains the index of the next event in its direction, and the number of empty pages still to return. */
function getLogEvents(all: readonly LogEvent[], input: GetLogEventsInput, emptyPages: number) {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = MAX_EVENTS, startFromHead = false } = input;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_EVENTS) {
    throw new LogsError(
      'InvalidParameterException',
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: ` +
        `Member must be between 1 and ${MAX_EVENTS}`,
    );
  }
  const events = all.filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime);
  const token = input.nextToken === undefined ? undefined : readToken(input.nextToken);
  const isForward = token ? token.direction === 'f' : startFromHead;
  if (token?.direction === 'f' && !startFromHead) {
    throw new LogsError('InvalidParameterException', 'startFromHead must be true with a forward token.');
  }
  const left = token ? token.empty : emptyPages;
  const at = token ? token.at : isForward ? 0 : events.length;
  const count = left > 0 ? 0 : countOf(isForward ? events.slice(at) : events.slice(0, at).toReversed(), limit);
  const [from, to] = isForward ? [at, at + count] : [at - count, at];
  const empty = Math.max(0, left - 1);
  return {
    events: events.slice(from, to),
    nextForwardToken: `f/${to}/${isForward ? empty : 0}/s`,
    nextBackwardToken: `b/${from}/${isForward ? 0 : empty}/s`,
  };
}

function readToken(text: string): { direction: string; at: number; empty: number } {
  const [, direction = '', at, empty] = /^([fb])\/(\d+)\/(\d+)\/s$/.exec(text) ?? [];
  if (!direction) throw new LogsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return { direction, at: Number(at), empty: Number(empty) };
}

/** Returns how many of the events fit into a response. */
function countOf(events: readonly LogEvent[], limit: number): number {
  let bytes = 0;
  const end = events.slice(0, limit).findIndex(({ message }) => {
    bytes += Buffer.byteLength(message) + EVENT_BYTES;
    return bytes > MAX_BYTES;
  });
  return end === -1 ? Math.min(limit, events.length) : end;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
