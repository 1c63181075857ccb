import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface QueueSourceProps {
  queue: IQueue;
  /** It answers which messages of a batch failed; only those come again. */
  consumer: IFunction;
  /** How many batches are worked on at once, at most. */
  maxConcurrency: number;
}

/** As many as a function works on at a time: each may wait for a provider for most of the function's time. */
const BATCH_SIZE = 5;

/** Lets a function read a queue, a batch at a time, with a bound on how many at once. */
export function queueSource(scope: Construct, id: string, props: QueueSourceProps): EventSourceMapping {
  const { queue, consumer, maxConcurrency } = props;
  queue.grantConsumeMessages(consumer);
  const source = new EventSourceMapping(scope, id, {
    target: consumer,
    eventSourceArn: queue.queueArn,
    batchSize: BATCH_SIZE,
    maxConcurrency,
    reportBatchItemFailures: true,
  });
  acknowledge(source, { 'Serverless-LambdaEventSourceMappingDestination': 'the queue has dead letters of its own' });
  return source;
}
