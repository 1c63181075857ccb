import { type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { requestDetails } from '../../src/events/request.ts';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';
import type { QueueWithDeadLetters } from './queue-with-dead-letters.ts';

/** Leads requests from the bus into the queue. What calls itself Berth is an announcement, and never a request. */
export function requestRule(scope: Construct, bus: IEventBus, { queue, deadLetters }: QueueWithDeadLetters): Rule {
  return new Rule(scope, 'RequestRule', {
    eventBus: bus,
    description: 'Berth: requests for tenants, from any source but Berth itself',
    eventPattern: { source: Match.anythingBut(ANNOUNCEMENT_SOURCE), detailType: Object.keys(requestDetails) },
    targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
  });
}
