import { randomUUID } from 'node:crypto';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/index.ts';
import { createContext } from '../http/lambda-context.ts';
import type { EventStore } from './event-store.ts';
import { Doorbell } from './wake-signal.ts';

/** A message, as it is kept. */
export interface Message {
  body: string;
  /** When it came. Epoch milliseconds. */
  sent: number;
  /** How often it was delivered. */
  receives: number;
  /** When it is delivered next. Epoch milliseconds. */
  due: number;
}

export interface LocalQueueOptions {
  store: EventStore;
  /** The name of the function that is fed; also the queue's. */
  operation: string;
  /** Deliveries before a message is a dead letter. Default 50: with the pauses between them, more than 20 minutes. */
  maxReceives?: number | undefined;
  /** Milliseconds before the second delivery; doubled for each further one. Default 500. */
  firstPause?: number | undefined;
}

/** Who serves the messages. */
export interface Consumer {
  handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse>;
  logger: Logger;
}

const BATCH = 10;

/** Batches under way at a time, so that slow messages do not hold up the others. */
const CONCURRENCY = 4;

/** The longest pause between two deliveries. Milliseconds. */
const MAX_PAUSE = 30_000;

const FUNCTION_TIMEOUT = 29_000;

/**
 * Stands in for an SQS queue, its dead letters and its event source mapping. What `send` has taken is kept until the function
 * has served it or it has become a dead letter, through any kill of the process.
 */
export class LocalQueue {
  readonly #options: LocalQueueOptions;
  readonly #waiting = new Map<string, Message>();
  readonly #bell = new Doorbell();
  readonly #underWay = new Set<Promise<void>>();
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier process left, due at once: whoever was serving it is dead. */
  async start(consumer: Consumer): Promise<void> {
    const { store, operation } = this.#options;
    for (const [id, message] of await store.read<Message>(operation)) this.#waiting.set(id, { ...message, due: 0 });
    this.#running = this.#run(consumer);
  }

  /** Stops delivering, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#bell.ring();
    await this.#running;
    await Promise.all(this.#underWay);
  }

  /** Returns when all of them are kept. */
  async send(bodies: readonly string[]): Promise<void> {
    const sent = Date.now();
    const messages = bodies.map((body) => [this.#nextId(sent), { body, sent, receives: 0, due: 0 }] as const);
    await this.#options.store.write(this.#options.operation, messages);
    for (const [id, message] of messages) this.#waiting.set(id, message);
    this.#bell.ring();
  }

  /** Those that were given up, the oldest first. */
  deadLetters(): Promise<[id: string, message: Message][]> {
    return this.#options.store.read<Message>(this.#deadName);
  }

  /** Delivers dead letters anew. Answers how many there were. */
  async redrive(): Promise<number> {
    const { store, operation } = this.#options;
    const letters = await this.deadLetters();
    const fresh = letters.map(([id, message]) => [id, { ...message, receives: 0, due: 0 }] as const);
    await store.writeAll(
      fresh.flatMap(([id, message]) => [
        [`${operation}/${id}`, message],
        [`${this.#deadName}/${id}`, undefined],
      ]),
    );
    for (const [id, message] of fresh) this.#waiting.set(id, message);
    this.#bell.ring();
    return letters.length;
  }

  get #deadName(): string {
    return `dead-${this.#options.operation}`;
  }

  /** Sorts by time, also after a restart. */
  #nextId(now: number): string {
    this.#count += 1;
    return `${String(now).padStart(14, '0')}-${String(this.#count).padStart(6, '0')}-${randomUUID().slice(0, 8)}`;
  }

  async #run(consumer: Consumer): Promise<void> {
    while (!this.#isStopping) {
      const now = Date.now();
      const due = [...this.#waiting].filter(([, message]) => message.due <= now).slice(0, BATCH);
      if (due.length > 0 && this.#underWay.size < CONCURRENCY) {
        for (const [id] of due) this.#waiting.delete(id); // in sight of nobody else until it is served
        const serving = this.#serve(due, consumer).finally(() => {
          this.#underWay.delete(serving);
          this.#bell.ring();
        });
        this.#underWay.add(serving);
        continue;
      }
      const next = Math.min(...[...this.#waiting.values()].map((message) => message.due - now), MAX_PAUSE);
      await this.#bell.wait(this.#underWay.size < CONCURRENCY ? Math.max(1, next) : MAX_PAUSE);
    }
  }

  async #serve(batch: readonly (readonly [string, Message])[], consumer: Consumer): Promise<void> {
    const { store, operation, maxReceives = 50 } = this.#options;
    const { logger } = consumer;
    const received = batch.map(([id, message]) => [id, { ...message, receives: message.receives + 1 }] as const);
    try {
      // Counted before it is delivered, so that a message that kills the process is given up some day.
      await store.write(operation, received);
      const failed = await this.#invoke(received, consumer);
      const again = received.filter(([id, { receives }]) => failed.has(id) && receives < maxReceives);
      const dead = received.filter(([id, { receives }]) => failed.has(id) && receives >= maxReceives);
      const left = new Set(again.map(([id]) => id));
      await store.writeAll([
        ...received.filter(([id]) => !left.has(id)).map(([id]) => [`${operation}/${id}`, undefined] as const),
        ...dead.map(([id, message]) => [`${this.#deadName}/${id}`, message] as const),
      ]);
      for (const [id, { receives }] of dead) {
        logger.error('message given up', { component: 'local-host', message_id: id, receives });
      }
      for (const [id, message] of again) this.#putBack(id, message);
    } catch (error) {
      logger.error('queue not written', { component: 'local-host', error: messageOf(error) });
      for (const [id, message] of received) this.#putBack(id, message);
    }
  }

  #putBack(id: string, message: Message): void {
    const { firstPause = 500 } = this.#options;
    const pause = Math.min(MAX_PAUSE, firstPause * 2 ** Math.min(message.receives - 1, 20));
    this.#waiting.set(id, { ...message, due: Date.now() + pause });
  }

  /** The ids of those that have to come again. A function that fails has served none. */
  async #invoke(batch: readonly (readonly [string, Message])[], { handler, logger }: Consumer): Promise<Set<string>> {
    const { operation } = this.#options;
    const context = createContext(operation, randomUUID(), FUNCTION_TIMEOUT);
    try {
      const { batchItemFailures } = await handler({ Records: batch.map(toRecord) }, context);
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch (error) {
      logger.error('invocation failed', { component: 'local-host', operation, error: messageOf(error) });
      return new Set(batch.map(([id]) => id));
    }
  }
}

function toRecord([id, { body, sent, receives }]: readonly [string, Message]): SQSRecord {
  return {
    messageId: id,
    receiptHandle: id,
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
