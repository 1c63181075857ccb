import { Duration } from 'aws-cdk-lib';
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

export interface ChangeSourceProps {
  streamArn: string;
  consumer: IFunction;
  /** Is told which records could not be announced: where they are in the stream, not what is in them. */
  deadLetters: IQueue;
}

/**
 * Lets a function read the table's change stream, in order for each tenant. A record that fails is tried again, alone in
 * the end, so that it holds up no other for longer than it has to; then it is set aside. The stream forgets after a day.
 */
export function changeSource(scope: Construct, id: string, { streamArn, consumer, deadLetters }: ChangeSourceProps) {
  const isTenant = { Keys: { pk: { S: FilterRule.beginsWith('tenant#') } } };
  const written = FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'MODIFY'), dynamodb: isTenant });
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
  // Lambda looks at the permissions as it makes the mapping.
  if (consumer.role) source.node.addDependency(consumer.role);
  return source;
}
