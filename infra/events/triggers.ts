import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface ChangeSourceProps {
  streamArn: string;
  consumer: IFunction;
  /** Receives the stream position of records that could not be announced, not their content. */
  deadLetters: IQueue;
}

/**
 * Makes a function read the change stream of the table, in order for each tenant. A failing batch is halved until the
 * failing record is alone, so that it blocks few others. After ten retries it goes to the dead letters. The stream keeps
 * records for a day.
 */
export function changeSource(scope: Construct, id: string, { streamArn, consumer, deadLetters }: ChangeSourceProps) {
  const prefixes = ['tenant#', 'orphan#', 'rollout#'].flatMap((prefix) => FilterRule.beginsWith(prefix));
  const isAnnounced = { Keys: { pk: { S: prefixes } } };
  const written = FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'MODIFY'), dynamodb: isAnnounced });
  const source = new EventSourceMapping(scope, id, {
    target: consumer,
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    parallelizationFactor: 2,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    retryAttempts: 10,
    maxRecordAge: Duration.hours(12),
    onFailure: new SqsDlq(deadLetters),
    filters: [written],
  });
  // Lambda checks the permissions when it creates the mapping.
  if (consumer.role) source.node.addDependency(consumer.role);
  return source;
}

/** The longest that a sweep is due after a change. Lambda takes no less. */
const WORK_AGE = Duration.minutes(1);

/**
 * Starts a sweep as soon as a tenant or a rollout is written with work left to do. While the sweep runs, what is written
 * waits in the stream for the next one. A failed sweep is not repeated: the schedule starts one within a minute. Failed
 * tenants, which rest for minutes, start none. Two readers of a stream are the most that DynamoDB recommends:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
export function workSource(scope: Construct, id: string, props: { streamArn: string; consumer: IFunction }) {
  const { streamArn, consumer } = props;
  const kinds = ['work', 'watch', 'rollouts'].flatMap((key) => FilterRule.isEqual(key));
  const work = { S: [...kinds, ...FilterRule.beginsWith('line#')] };
  const pk = { S: ['tenant#', 'rollout#'].flatMap((prefix) => FilterRule.beginsWith(prefix)) };
  const recorded = { eventName: FilterRule.or('INSERT', 'MODIFY'), dynamodb: { Keys: { pk }, NewImage: { work } } };
  const source = new EventSourceMapping(scope, id, {
    target: consumer,
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.LATEST,
    batchSize: 100,
    retryAttempts: 0,
    maxRecordAge: WORK_AGE,
    filters: [FilterCriteria.filter(recorded)],
  });
  if (consumer.role) source.node.addDependency(consumer.role);
  acknowledge(source, { 'Serverless-LambdaEventSourceMappingDestination': 'the schedule starts the same sweep' });
  return source;
}

export interface QueueSourceProps {
  queue: IQueue;
  /** Returns the failed messages of a batch; only those are delivered again. */
  consumer: IFunction;
  /** The largest number of batches in progress. */
  maxConcurrency: number;
}

/** The number of messages that a function processes concurrently: each may wait for a provider most of the time. */
const BATCH_SIZE = 5;

/** Makes a function read a queue in batches, with a limit on concurrent batches. */
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

/** Starts the sweep every minute. A late start is dropped, because the next sweep does the same work. */
export function sweepSchedule(scope: Construct, id: string, sweep: IFunction): Rule {
  const rule = new Rule(scope, id, {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(sweep, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    description: 'Berth: starts the sweep',
  });
  acknowledge(rule, { 'Serverless-EventBusDLQ': 'the next minute starts another sweep, which does the same work' });
  return rule;
}
