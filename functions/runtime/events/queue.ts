import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ComputeError, InvalidRequestError, messageOf } from '../../../src/compute/errors.ts';
import { inParallel } from '../../../src/compute/in-parallel.ts';
import { withDeadline } from '../deadline.ts';
import { requestContext } from '../http/request-context.ts';
import { initialize } from '../setup/initialize.ts';
import { type Services, services } from '../setup/services.ts';

/** What the work on one message is given. */
export interface QueueMessage extends Services {
  /** Its body, which is JSON. */
  body: unknown;
  /** When it came into the queue. Epoch milliseconds. */
  arrived: number;
  /** Aborted when the invocation is about to end. */
  signal: AbortSignal;
}

export interface QueueDefinition<More> {
  /** The name of the file in `functions/`. */
  name: string;
  /** What it needs beyond the services that every function is given. */
  uses: (services: Services) => More;
  /** Works on one message. What it throws puts the message back, for another delivery; after the last, into the dead letters. */
  run(message: QueueMessage & More): Promise<void>;
}

/** How many messages of a batch are worked on at a time. */
const CONCURRENCY = 5;

/** Makes a Lambda handler for batches of an SQS queue with partial batch responses: one message does not hold up the others. */
export async function queue<More>({ name, uses, run }: QueueDefinition<More>) {
  const chain = middy(async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const core = await services();
    const available = { ...core, ...uses(core) };
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    await inParallel(Records, CONCURRENCY, async (record) => {
      const fields = { operation: name, request_id: record.messageId, ...functionOf(context) };
      const isDone = await requestContext.run(fields, () => serve(record, context, available, run));
      if (!isDone) batchItemFailures.push({ itemIdentifier: record.messageId });
    });
    return { batchItemFailures };
  });
  await initialize();
  return (event: SQSEvent, context: Context) =>
    requestContext.run({ operation: name, request_id: context.awsRequestId, ...functionOf(context) }, () =>
      chain(event, context),
    );
}

async function serve<More>(
  { body, attributes }: SQSRecord,
  context: Context,
  available: Services & More,
  run: QueueDefinition<More>['run'],
): Promise<boolean> {
  const begun = performance.now();
  const arrived = Number(attributes.SentTimestamp);
  const component = 'queue';
  try {
    await withDeadline(context.getRemainingTimeInMillis(), (signal) =>
      run({ ...available, body: parse(body), arrived, signal }),
    );
    const duration = Math.round((performance.now() - begun) * 1000) / 1000;
    available.logger.info('message completed', { component, duration });
    return true;
  } catch (error) {
    const code = error instanceof ComputeError ? error.code : 'internal';
    const receives = Number(attributes.ApproximateReceiveCount);
    available.logger.warn('message put back', { component, receives, code, error: messageOf(error) });
    return false;
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the body.
    throw new InvalidRequestError('the message is not JSON');
  }
}

function functionOf({ functionName, awsRequestId }: Context) {
  return { function_name: functionName, function_request_id: awsRequestId };
}
