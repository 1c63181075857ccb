import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ComputeError, InvalidRequestError, messageOf } from '../../../src/compute/errors.ts';
import { inParallel } from '../../../src/compute/in-parallel.ts';
import { withDeadline } from '../deadline.ts';
import { type HandlerDefinition, type LambdaHandler, lambda, millisecondsSince } from '../lambda.ts';
import type { Services } from '../setup/services.ts';
import { logContext } from '../telemetry/logger.ts';

/** One message of a queue, and the services of the installation. */
export interface QueueMessage extends Services {
  /** The body, parsed as JSON. */
  body: unknown;
  /** The time at which the message entered the queue, in epoch milliseconds. */
  arrived: number;
  /** Aborted when the invocation is about to end. */
  signal: AbortSignal;
}

export interface QueueDefinition<More> extends HandlerDefinition<More> {
  uses: (services: Services) => More;
  /** Loads code that the first message needs, while Lambda initializes the function. */
  loads?: () => Promise<unknown>;
  /** Processes one message. An error puts the message back for another delivery; after the last, it is a dead letter. */
  run(message: QueueMessage & More): Promise<void>;
}

/** How many messages of a batch are processed at a time. */
const CONCURRENCY = 5;

/** Makes a Lambda handler for batches of an SQS queue. Only the messages that it reports as failed come again. */
export async function queue<More>(
  definition: QueueDefinition<More>,
): Promise<LambdaHandler<SQSEvent, SQSBatchResponse>> {
  return lambda<SQSEvent, SQSBatchResponse, More>({
    ...definition,
    component: 'queue',
    facts: ({ batchItemFailures }) => ({ failed: batchItemFailures.length }),
    async run({ Records }, given, context) {
      const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
      await inParallel(Records, CONCURRENCY, async (record) => {
        const isDone = await inContextOf(record, () => handle(record, context, given, definition.run));
        if (!isDone) batchItemFailures.push({ itemIdentifier: record.messageId });
      });
      return { batchItemFailures };
    },
  });
}

/** Has the log lines of a message carry its own id. */
function inContextOf<T>({ messageId }: SQSRecord, work: () => T): T {
  const context = logContext.getStore();
  return context ? logContext.run({ ...context, request_id: messageId }, work) : work();
}

/** Returns whether the message is done. Never throws: one message does not delay the others of its batch. */
async function handle<More>(
  { body, attributes }: SQSRecord,
  context: Context,
  given: Services & More,
  run: QueueDefinition<More>['run'],
): Promise<boolean> {
  const begun = performance.now();
  const arrived = Number(attributes.SentTimestamp);
  const component = 'queue';
  try {
    await withDeadline(context.getRemainingTimeInMillis(), (signal) =>
      run({ ...given, body: parse(body), arrived, signal }),
    );
    given.logger.info('message completed', { component, duration: millisecondsSince(begun) });
    return true;
  } catch (error) {
    const code = error instanceof ComputeError ? error.code : 'internal';
    const receives = Number(attributes.ApproximateReceiveCount);
    const fields = error instanceof InvalidRequestError ? { fields: fieldsOf(error) } : {};
    given.logger.warn('message put back', { component, receives, code, error: messageOf(error), ...fields });
    return false;
  }
}

/** Returns the fields that are malformed. Only the schema names them, so they hold no text of the sender. */
function fieldsOf({ issues }: InvalidRequestError): string[] {
  return issues.map(({ pointer }) => pointer).filter(Boolean);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the body.
    throw new InvalidRequestError('the message is not JSON');
  }
}
