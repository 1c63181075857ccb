import * as z from 'zod';
import { type EventEntry, entrySize, MAX_ENTRIES } from '../../../src/events/entry.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import { ANNOUNCEMENT_SOURCE } from '../../../src/tenants/model/announcing.ts';

/*
 * PutEvents in the protocol of EventBridge's clients: AWS JSON 1.1.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */

/** The header of AWS JSON that names the operation. */
export const TARGET_HEADER = 'x-amz-target';
const TARGET = 'AWSEvents.PutEvents';

/** EventBridge's limit for all entries of one call. */
const MAX_CALL_BYTES = 256 * 1024;

/** A missing or empty field refuses its entry only; a field of the wrong type refuses the whole call. */
const Entry = z.looseObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  /** Seconds since 1970 on the wire. */
  Time: z.number().min(0).max(253_402_300_799).optional(),
  Resources: z.array(z.string()).optional(),
});
type Entry = z.infer<typeof Entry>;

const Call = z.looseObject({ Entries: z.array(Entry) });

export interface WireAnswer {
  status: number;
  body: Record<string, unknown>;
}

interface Refusal {
  ErrorCode: string;
  ErrorMessage: string;
}

/** Serves a call as EventBridge does. Every entry with an `EventId` in the result has been stored. */
export async function putEvents(target: string, body: Buffer, put: PutEntries): Promise<WireAnswer> {
  if (target !== TARGET) return fault('UnknownOperationException', `this host serves ${TARGET} only`);
  let input: unknown;
  try {
    input = JSON.parse(body.toString('utf8'));
  } catch {
    return fault('SerializationException', 'the body is not JSON');
  }
  const call = Call.safeParse(input);
  if (!call.success) return fault('SerializationException', 'the body does not have the shape of PutEvents');
  const { Entries } = call.data;
  if (Entries.length === 0 || Entries.length > MAX_ENTRIES) {
    const limit = Entries.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MAX_ENTRIES}`;
    return invalid(`Value at 'entries' failed to satisfy constraint: Member must have length ${limit}`);
  }
  const read = Entries.map(readEntry);
  if (read.reduce((sum, { size }) => sum + size, 0) >= MAX_CALL_BYTES) {
    return fault('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const accepted = read.flatMap(({ entry }) => entry ?? []);
  const outcomes = (accepted.length > 0 ? await put(accepted) : []).values();
  const results = read.map(({ refusal }) => refusal ?? outcomes.next().value ?? {});
  const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
  return { status: 200, body: { FailedEntryCount, Entries: results } };
}

/** Returns an entry that can be put, or why it cannot. */
function readEntry({ Source = '', DetailType = '', Detail = '', Time, Resources = [] }: Entry): {
  size: number;
  entry?: EventEntry;
  refusal?: Refusal;
} {
  const time = Time === undefined ? undefined : new Date(Time * 1000);
  const entry: EventEntry = { Source, DetailType, Detail, Time: time, Resources };
  const size = entrySize(entry);
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value === '') {
      const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
      return { size, refusal: { ErrorCode: 'InvalidArgument', ErrorMessage } };
    }
  }
  if (!isObject(Detail))
    return { size, refusal: { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' } };
  // These sources are reserved for AWS and for Berth itself.
  if (Source.startsWith('aws.') || Source === ANNOUNCEMENT_SOURCE) {
    const refusal = { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
    return { size, refusal };
  }
  return { size, entry };
}

/** True for a JSON object that can also be written again, which fails if it is nested too deeply. */
function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    JSON.stringify(value);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function invalid(message: string): WireAnswer {
  return fault('ValidationException', `1 validation error detected: ${message}`);
}

function fault(type: string, message: string): WireAnswer {
  return { status: 400, body: { __type: type, message } };
}
