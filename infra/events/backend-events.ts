import { RemovalPolicy } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { constructId } from '../construct-id.ts';
import { providersWithEvents } from '../registered-providers.ts';
import type { ProviderSettings } from '../settings.ts';
import { QueueWithDeadLetters } from './queue-with-dead-letters.ts';

/**
 * Leads events of backends, such as the end of an ECS rollout, from the default bus of the account into a queue. These
 * events only save time: the sweep finds the same changes. So the queue is removed with the stack.
 */
export class BackendEvents extends Construct {
  readonly events: QueueWithDeadLetters;

  constructor(scope: Construct, id: string, { providers }: { providers: ProviderSettings }) {
    super(scope, id);
    this.events = new QueueWithDeadLetters(this, 'Events', {
      consumer: 'on-provider-event',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { queue, deadLetters: deadLetterQueue } = this.events;
    for (const { provider, pattern } of providersWithEvents(providers)) {
      new Rule(this, `${constructId(provider)}Rule`, {
        description: `Berth: rollouts of tenants of ${provider}`,
        eventPattern: pattern,
        targets: [new SqsQueue(queue, { deadLetterQueue })],
      });
    }
  }
}
