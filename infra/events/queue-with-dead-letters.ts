import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type OperationName, operations } from '../../functions/operations.ts';
import { acknowledge } from '../acknowledge.ts';

export interface QueueWithDeadLettersProps {
  /** The operation whose function reads the queue. */
  consumer: OperationName;
  /** Applies to the messages when the stack is deleted. */
  removalPolicy: RemovalPolicy;
}

/**
 * Visibility timeout in timeouts of the consumer, as AWS recommends:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 6;

/** Deliveries of a message before it goes to the dead letters. */
const MAX_RECEIVES = 5;

/** A queue with a dead-letter queue. Both are encrypted and accept TLS only. */
export class QueueWithDeadLetters extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { consumer, removalPolicy }: QueueWithDeadLettersProps) {
    super(scope, id);
    this.deadLetters = createDeadLetterQueue(this, 'DeadLetters', removalPolicy);
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * operations[consumer].timeout),
      removalPolicy,
      retentionPeriod: Duration.days(4),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}

/** Makes a dead-letter queue. It keeps messages for 14 days, the longest that SQS allows. */
export function createDeadLetterQueue(scope: Construct, id: string, removalPolicy = RemovalPolicy.RETAIN): Queue {
  const queue = new Queue(scope, id, {
    removalPolicy,
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
  const reason = 'it is a dead-letter queue, and an alarm watches it';
  acknowledge(queue, { 'Serverless-SQSRedrivePolicy': reason, 'AwsSolutions-SQS3': reason });
  return queue;
}
