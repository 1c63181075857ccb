import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { sizeOf } from '../functions/sizes.ts';

export interface QueueWithDeadLettersProps {
  /** The function that reads it. */
  consumer: string;
  /** What becomes of the messages when the stack goes. */
  removalPolicy: RemovalPolicy;
}

/**
 * How long a reader has a message to itself, in timeouts of its function.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 6;

/** How often a message is tried before it is set aside. */
const MAX_RECEIVES = 5;

/** A queue, and the queue beside it for what could not be processed. Both encrypted, and over TLS only. */
export class QueueWithDeadLetters extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { consumer, removalPolicy }: QueueWithDeadLettersProps) {
    super(scope, id);
    this.deadLetters = createDeadLetterQueue(this, 'DeadLetters', removalPolicy);
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * sizeOf(consumer).timeout.toSeconds()),
      removalPolicy,
      retentionPeriod: Duration.days(4),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}

/** A queue for what could not be processed. It keeps a message for as long as SQS can: two weeks to look into it. */
export function createDeadLetterQueue(scope: Construct, id: string, removalPolicy = RemovalPolicy.RETAIN): Queue {
  const queue = new Queue(scope, id, {
    removalPolicy,
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
  const reason = 'it is itself where dead letters go; an alarm watches it';
  acknowledge(queue, { 'Serverless-SQSRedrivePolicy': reason, 'AwsSolutions-SQS3': reason });
  return queue;
}
