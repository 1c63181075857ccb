import { RemovalPolicy } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { constructId } from '../construct-id.ts';
import { type ProviderSettings, providersWithEvents } from './provider-events.ts';
import { QueueWithDeadLetters } from './queue-with-dead-letters.ts';

/**
 * What backends tell of their own accord, such as an ECS rollout that ended: from the account's default bus into a queue.
 * It only makes things quicker, for the sweep finds out too; so it goes with the stack.
 */
export class ProviderNews extends Construct {
  readonly news: QueueWithDeadLetters;

  constructor(scope: Construct, id: string, { providers }: { providers: ProviderSettings }) {
    super(scope, id);
    this.news = new QueueWithDeadLetters(this, 'News', {
      consumer: 'on-provider-event',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { queue, deadLetters: deadLetterQueue } = this.news;
    for (const { provider, pattern } of providersWithEvents(providers)) {
      new Rule(this, `${constructId(provider)}Rule`, {
        description: `Berth: rollouts of tenants of ${provider}`,
        eventPattern: pattern,
        targets: [new SqsQueue(queue, { deadLetterQueue })],
      });
    }
  }
}
