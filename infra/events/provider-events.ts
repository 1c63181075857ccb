import { type EventPattern, Match } from 'aws-cdk-lib/aws-events';
import { readDefaults } from '../../src/compute/provider-config.ts';
import { EcsConfig } from '../../src/providers/ecs/config.ts';
import { defaultPrefix, parseClusterArn } from '../../src/providers/ecs/names.ts';

/** Provider name → `{ type, …defaults }`, as `BERTH_PROVIDERS` has it. */
export type ProviderSettings = Readonly<Record<string, { type: string; [setting: string]: unknown }>>;

/** The news of each type of backend that announces some: which events are about the tenants of a provider. */
const types: Readonly<Record<string, (name: string, defaults: Record<string, unknown>) => EventPattern | undefined>> = {
  ecs: ecsEvents,
};

/** The providers whose backends tell what becomes of tenants, each with the pattern of its events. */
export function providersWithEvents(providers: ProviderSettings): { provider: string; pattern: EventPattern }[] {
  return Object.entries(providers).flatMap(([provider, { type, ...defaults }]) => {
    const pattern = types[type]?.(provider, defaults);
    return pattern ? [{ provider, pattern }] : [];
  });
}

/**
 * Rollouts that ended, of services whose names the provider gives. A cluster of another account announces there: the
 * sweep finds out about those.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
 */
function ecsEvents(name: string, defaults: Record<string, unknown>): EventPattern | undefined {
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
