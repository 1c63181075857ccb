import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/index.ts';
import type { Database } from '../database/database.ts';
import { createContext } from '../http/lambda-context.ts';
import { WakeSignal } from '../wake-signal.ts';

export interface Message {
  id: number;
  body: string;
  /** When it was sent. Epoch milliseconds. */
  sent: number;
  /** How often it was delivered. */
  receives: number;
}

export interface LocalQueueOptions {
  database: Database;
  /** The name of the function that serves the messages. */
  operation: string;
  /** Deliveries before a message becomes a dead letter. Default 50, which take more than 20 minutes. */
  maxReceives?: number | undefined;
  /** Milliseconds before the second delivery; doubled for each further one. Default 500. */
  firstPause?: number | undefined;
}

export interface Consumer {
  handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse>;
  logger: Logger;
}

const BATCH = 10;

/** Batches under way at a time, so that slow messages do not block the others. */
const CONCURRENCY = 4;

/** The longest pause between two deliveries. Milliseconds. */
const MAX_PAUSE = 30_000;

/** Milliseconds for which a delivered message stays hidden: longer than the function may run. */
const VISIBILITY_TIMEOUT = 60_000;

/**
 * Stands in for an SQS queue, its dead-letter queue and its event source mapping.
 *
 * A message stays in the database until the function has served it. Its delivery moves `due` past the function's time-out,
 * in the statement that also counts the delivery. What happens then:
 * - The function serves it: the message is deleted.
 * - The function reports it as failed, or throws: `due` becomes the end of a pause that doubles with each delivery. After
 *   `maxReceives` deliveries the message is a dead letter, until a redrive.
 * - The outcome cannot be written, for example to a full disk: the message is due again after the visibility timeout.
 * - The host is killed: `start` of the next one makes every message due at once. The delivery was counted before, so a
 *   message that kills the process ends as a dead letter, too.
 * So each message is served at least once, and the function has to tolerate a second delivery, as on AWS.
 */
export class LocalQueue {
  readonly #options: LocalQueueOptions;
  readonly #signal = new WakeSignal();
  readonly #underWay = new Set<Promise<void>>();
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  /** Begins to deliver. */
  start(consumer: Consumer): void {
    this.#options.database.run('UPDATE messages SET due = 0 WHERE is_dead = 0');
    this.#running = this.#run(consumer);
  }

  /** Stops delivering, and waits for the batches under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#signal.notify();
    await this.#running;
    await Promise.all(this.#underWay);
  }

  /** Returns when all of them are stored; if it throws, none is. */
  send(bodies: readonly string[]): void {
    const { database } = this.#options;
    const now = Date.now();
    database.transaction(() => {
      for (const body of bodies)
        database.run('INSERT INTO messages (body, sent, due) VALUES (?, ?, ?)', body, now, now);
    });
    this.#signal.notify();
  }

  /** Returns the dead letters, the oldest first. */
  deadLetters(): Message[] {
    return this.#options.database.all<Message>(`SELECT ${MESSAGE} FROM messages WHERE is_dead = 1 ORDER BY id`);
  }

  /** Delivers the dead letters anew. Returns how many there were. */
  redrive(): number {
    const { database } = this.#options;
    const count = database.run('UPDATE messages SET is_dead = 0, receives = 0, due = 0 WHERE is_dead = 1');
    this.#signal.notify();
    return count;
  }

  async #run(consumer: Consumer): Promise<void> {
    while (!this.#isStopping) {
      let pause = MAX_PAUSE;
      try {
        const batch = this.#underWay.size < CONCURRENCY ? this.#receive() : [];
        if (batch.length > 0) {
          this.#begin(batch, consumer);
          continue;
        }
        if (this.#underWay.size < CONCURRENCY) pause = this.#untilDue();
      } catch (error) {
        reportFailure(consumer, error);
      }
      await this.#signal.wait(pause);
    }
  }

  /** Takes the messages that are due longest, and hides them. */
  #receive(): Message[] {
    const now = Date.now();
    const messages = this.#options.database.all<Message>(
      `UPDATE messages SET receives = receives + 1, due = ?
       WHERE id IN (SELECT id FROM messages WHERE is_dead = 0 AND due <= ? ORDER BY due, id LIMIT ${BATCH})
       RETURNING ${MESSAGE}`,
      now + VISIBILITY_TIMEOUT,
      now,
    );
    return messages.sort((a, b) => a.id - b.id);
  }

  /** Milliseconds. */
  #untilDue(): number {
    const next = 'SELECT min(due) AS due FROM messages WHERE is_dead = 0';
    const { due } = this.#options.database.get<{ due: number | null }>(next) ?? {};
    return Math.min(MAX_PAUSE, Math.max(1, (due ?? Number.POSITIVE_INFINITY) - Date.now()));
  }

  #begin(batch: readonly Message[], consumer: Consumer): void {
    const serving = this.#serve(batch, consumer)
      .catch((error: unknown) => reportFailure(consumer, error))
      .finally(() => {
        this.#underWay.delete(serving);
        this.#signal.notify();
      });
    this.#underWay.add(serving);
  }

  async #serve(batch: readonly Message[], consumer: Consumer): Promise<void> {
    const { database, maxReceives = 50, firstPause = 500 } = this.#options;
    const failed = await this.#invoke(batch, consumer);
    const now = Date.now();
    database.transaction(() => {
      for (const { id, receives } of batch) {
        const pause = Math.min(MAX_PAUSE, firstPause * 2 ** Math.min(receives - 1, 20));
        if (!failed.has(String(id))) database.run('DELETE FROM messages WHERE id = ?', id);
        else if (receives >= maxReceives) database.run('UPDATE messages SET is_dead = 1 WHERE id = ?', id);
        else database.run('UPDATE messages SET due = ? WHERE id = ?', now + pause, id);
      }
    });
    for (const { id, receives } of batch) {
      if (!failed.has(String(id)) || receives < maxReceives) continue;
      consumer.logger.error('message given up', { component: 'local-host', message_id: id, receives });
    }
  }

  /** Returns the ids of the messages that failed. A function that throws has served none. */
  async #invoke(batch: readonly Message[], { handler, logger }: Consumer): Promise<Set<string>> {
    const { operation } = this.#options;
    try {
      const { batchItemFailures } = await handler({ Records: batch.map(toRecord) }, createContext(operation));
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch (error) {
      logger.error('invocation failed', { component: 'local-host', operation, error: messageOf(error) });
      return new Set(batch.map(({ id }) => String(id)));
    }
  }
}

const MESSAGE = 'id, body, sent, receives';

function reportFailure({ logger }: Consumer, error: unknown): void {
  logger.error('queue not written', { component: 'local-host', error: messageOf(error) });
}

function toRecord({ id, body, sent, receives }: Message): SQSRecord {
  return {
    messageId: String(id),
    receiptHandle: String(id),
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sent),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(sent),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:local:000000000000:berth-requests',
    awsRegion: 'local',
  };
}
