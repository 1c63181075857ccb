import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventEntry } from '../../src/events/entry.ts';
import type { PutEntries } from '../../src/events/publisher.ts';
import type { Announcement } from '../../src/tenants/model/announcing.ts';

/** Returns the context of an invocation with this many milliseconds left. */
export function lambdaContext(remaining = 10_000): Context {
  const context: Partial<Context> = {
    functionName: 'berth-test',
    awsRequestId: 'lambda-1',
    getRemainingTimeInMillis: () => remaining,
  };
  return context as Context;
}

let made = 0;

/** Returns an event as EventBridge writes it. */
export function envelope(fields: Record<string, unknown> = {}) {
  made += 1;
  return {
    version: '0',
    id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    'detail-type': 'Tenant Provision Requested',
    source: 'crm',
    account: '111122223333',
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: 'eu-central-1',
    resources: [],
    detail: {},
    ...fields,
  };
}

type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Delivers a batch to a handler as SQS does; a text is sent as it is. Returns the positions of the failed messages. */
export async function deliver(
  handler: QueueHandler,
  bodies: readonly unknown[],
  { receives = 1, sent = Date.now(), remaining }: { receives?: number; sent?: number; remaining?: number } = {},
): Promise<number[]> {
  const records = bodies.map((body, index) => {
    const record: Partial<SQSRecord> = {
      messageId: `message-${index}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(sent),
        SenderId: 'events.amazonaws.com',
        ApproximateFirstReceiveTimestamp: String(sent),
      },
    };
    return record as SQSRecord;
  });
  const { batchItemFailures } = await handler({ Records: records }, lambdaContext(remaining));
  return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.split('-')[1])).sort();
}

/** Returns a bus that records its entries. `refuse` returns the error code of an entry that the bus refuses. */
export function createTestBus(refuse: (entry: EventEntry, call: number) => string | undefined = () => undefined) {
  const entries: EventEntry[] = [];
  const calls: EventEntry[][] = [];
  const put: PutEntries = async (batch) => {
    calls.push([...batch]);
    return batch.map((entry) => {
      const ErrorCode = refuse(entry, calls.length);
      if (ErrorCode) return { ErrorCode };
      entries.push(entry);
      return { EventId: `event-${entries.length}` };
    });
  };
  const announced = () =>
    entries.map(({ DetailType, Detail }) => ({ detail_type: DetailType, detail: JSON.parse(Detail) }) as Announcement);
  return { put, entries, calls, announced };
}
