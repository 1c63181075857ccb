import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { messageOf } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/index.ts';
import { toAttributes } from '../../../src/tenants/store/dynamodb-table.ts';
import type { ChangeLog, ChangeRecord } from '../database/change-log.ts';
import { createContext } from '../http/lambda-context.ts';

export interface ChangeFeedOptions {
  changes: ChangeLog;
  /** `functions/on-tenant-changed.ts`. */
  handler(event: DynamoDBStreamEvent, context: Context): Promise<unknown>;
  logger: Logger;
}

/** Lambda's default for a stream. */
const BATCH = 100;

const RETRY_PAUSE = 500;

/** The longest pause before a record is delivered again. Milliseconds. */
const MAX_PAUSE = 30_000;

/**
 * Does what Lambda does with a change stream: delivers the records to the function in batches, and delivers again what the
 * function reports as failed. It gives no record up: one that fails waits, and the others overtake it. Returns a function
 * that stops the feed after the batch under way.
 */
export function startChangeFeed({ changes, handler, logger }: ChangeFeedOptions): () => Promise<void> {
  let isStopping = false;
  const failures = new Map<number, { count: number; dueAt: number }>();

  const deliverBatch = async (): Promise<boolean> => {
    const now = Date.now();
    const records = changes.read(BATCH + failures.size);
    const due = records.filter(({ sequence }) => (failures.get(sequence)?.dueAt ?? 0) <= now).slice(0, BATCH);
    if (due.length === 0) return false;
    const failed = await invoke(handler, due);
    const done = due.map(({ sequence }) => sequence).filter((sequence) => !failed.has(sequence));
    changes.remove(done);
    for (const sequence of done) failures.delete(sequence);
    for (const sequence of failed) {
      const count = (failures.get(sequence)?.count ?? 0) + 1;
      failures.set(sequence, { count, dueAt: Date.now() + Math.min(MAX_PAUSE, RETRY_PAUSE * 2 ** (count - 1)) });
    }
    return true;
  };

  const run = async () => {
    while (!isStopping) {
      let hasFailed = failures.size > 0;
      try {
        if (await deliverBatch()) continue;
      } catch (error) {
        hasFailed = true;
        logger.error('changes not delivered', { component: 'local-host', error: messageOf(error) });
      }
      await changes.written.wait(hasFailed ? RETRY_PAUSE : MAX_PAUSE);
    }
  };

  const running = run();
  return async () => {
    isStopping = true;
    changes.written.notify();
    await running;
  };
}

/** Returns the sequence numbers of the records that failed. */
async function invoke(handler: ChangeFeedOptions['handler'], records: readonly ChangeRecord[]): Promise<Set<number>> {
  const event = { Records: records.map(toStreamRecord) };
  const answer = (await handler(event, createContext('on-tenant-changed'))) as {
    batchItemFailures: { itemIdentifier: string }[];
  };
  return new Set(answer.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)));
}

function toStreamRecord({ sequence, before, after }: ChangeRecord): DynamoDBRecord {
  const eventName = !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE';
  const dynamodb = {
    SequenceNumber: String(sequence),
    StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
    ...(before && { OldImage: toAttributes(before) }),
    ...(after && { NewImage: toAttributes(after) }),
  };
  const eventID = String(sequence);
  return { eventID, eventName, eventVersion: '1.1', eventSource: 'aws:dynamodb', dynamodb } as DynamoDBRecord;
}
