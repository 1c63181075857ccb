import { RemovalPolicy } from 'aws-cdk-lib';
import { type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { readDefaults } from '../../src/compute/provider-config.ts';
import { EcsConfig } from '../../src/providers/ecs/config.ts';
import { defaultPrefix, parseClusterArn } from '../../src/providers/ecs/names.ts';
import { constructId } from '../construct-id.ts';
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

/** Event patterns by provider type. A type that is not listed sends no events. */
const patterns: Readonly<
  Record<string, (name: string, defaults: Record<string, unknown>) => EventPattern | undefined>
> = { ecs: ecsPattern };

/** Returns the providers whose backends send events about tenants, each with the pattern of its events. */
export function providersWithEvents(providers: ProviderSettings): { provider: string; pattern: EventPattern }[] {
  return Object.entries(providers).flatMap(([provider, { type, ...defaults }]) => {
    const pattern = patterns[type]?.(provider, defaults);
    return pattern ? [{ provider, pattern }] : [];
  });
}

/**
 * Matches ended rollouts of the services of one provider. A cluster in another account sends its events there, so those
 * tenants depend on the sweep.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
 */
function ecsPattern(name: string, defaults: Record<string, unknown>): EventPattern | undefined {
  const config = readDefaults(name, EcsConfig, defaults);
  const address = parseClusterArn(config.cluster_arn);
  if (!address || config.assume_role) return undefined;
  const { partition, region, account, name: cluster } = address;
  const prefix = config.service_name_prefix ?? defaultPrefix(name);
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Deployment State Change'],
    resources: Match.prefix(`arn:${partition}:ecs:${region}:${account}:service/${cluster}/${prefix}`),
    detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'] },
  };
}
