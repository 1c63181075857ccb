import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { messageOf } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/index.ts';
import { createContext } from '../http/lambda-context.ts';
import type { ChangeLog, ChangeRecord } from './change-log.ts';
import { Doorbell } from './wake-signal.ts';

export interface ChangeFeedOptions {
  changes: ChangeLog;
  /** `functions/on-tenant-changed.ts`. */
  handler(event: DynamoDBStreamEvent, context: Context): Promise<unknown>;
  logger: Logger;
}

/** As much as Lambda takes from a stream at a time by default. */
const BATCH = 100;

const FUNCTION_TIMEOUT = 29_000;

const RETRY_PAUSE = 500;

/** The longest pause before a record comes again. Milliseconds. */
const MAX_PAUSE = 30_000;

/**
 * Does what Lambda does with a change stream: hands its records to the function, batch by batch, and again what it reports as
 * failed. Nothing is given up here: a record that fails waits, and the others go on. Answers how to stop it.
 */
export function startChangeFeed({ changes, handler, logger }: ChangeFeedOptions): () => Promise<void> {
  const bell = new Doorbell();
  let isStopping = false;
  const failures = new Map<string, { times: number; again: number }>();
  changes.onRecord(() => bell.ring());

  const round = async (): Promise<boolean> => {
    const now = Date.now();
    const records = await changes.read(BATCH + failures.size);
    const due = records.filter(({ sequence }) => (failures.get(sequence)?.again ?? 0) <= now).slice(0, BATCH);
    if (due.length === 0) return false;
    const failed = await invoke(handler, due);
    const done = due.map(({ sequence }) => sequence).filter((sequence) => !failed.has(sequence));
    await changes.remove(done);
    for (const sequence of done) failures.delete(sequence);
    for (const sequence of failed) {
      const times = (failures.get(sequence)?.times ?? 0) + 1;
      failures.set(sequence, { times, again: Date.now() + Math.min(MAX_PAUSE, RETRY_PAUSE * 2 ** (times - 1)) });
    }
    return true;
  };

  const loop = async () => {
    while (!isStopping) {
      try {
        if (await round()) continue;
      } catch (error) {
        logger.error('changes not told', { component: 'local-host', error: messageOf(error) });
      }
      await bell.wait(failures.size > 0 ? RETRY_PAUSE : MAX_PAUSE);
    }
  };

  const running = loop();
  return async () => {
    isStopping = true;
    bell.ring();
    await running;
    changes.onRecord(undefined);
  };
}

/** The sequence numbers of the records that have to come again. */
async function invoke(handler: ChangeFeedOptions['handler'], records: readonly ChangeRecord[]): Promise<Set<string>> {
  const event = { Records: records.map(toStreamRecord) };
  const answer = (await handler(event, createContext('on-tenant-changed', crypto.randomUUID(), FUNCTION_TIMEOUT))) as {
    batchItemFailures: { itemIdentifier: string }[];
  };
  return new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
}

function toStreamRecord({ sequence, before, after }: ChangeRecord): DynamoDBRecord {
  const eventName = !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE';
  const dynamodb = {
    SequenceNumber: sequence,
    StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
    ...(before && { OldImage: before }),
    ...(after && { NewImage: after }),
  };
  return { eventID: sequence, eventName, eventVersion: '1.1', eventSource: 'aws:dynamodb', dynamodb } as DynamoDBRecord;
}
