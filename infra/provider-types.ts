import { type EventPattern, Match } from 'aws-cdk-lib/aws-events';
import type { Permissions } from '../src/compute/permissions.ts';
import { readDefaults } from '../src/compute/provider-config.ts';
import type { ProviderType } from '../src/providers/catalog.ts';
import { EcsConfig } from '../src/providers/ecs/config.ts';
import { defaultPrefix, parseClusterArn } from '../src/providers/ecs/names.ts';
import { permissions as ecsPermissions } from '../src/providers/ecs/permissions.ts';
import type { ProviderSettings } from './settings.ts';

interface TypeRow {
  /** False for a type that runs tenants on the machine of the provider: a function has no lasting machine. */
  runsOnLambda: boolean;
  /** IAM permissions by provider call. Undefined: none. */
  permissions: Permissions | undefined;
  /** Events of the backend about tenants of a provider. Undefined: it sends none. */
  events: ((name: string, defaults: Readonly<Record<string, unknown>>) => EventPattern | undefined) | undefined;
  /** Concurrent calls of each mutation that the backend's API tolerates. Undefined: no limit. */
  maxConcurrency: number | undefined;
}

const plain = { runsOnLambda: true, permissions: undefined, events: undefined, maxConcurrency: undefined };

/** Everything that infrastructure has to know of each provider type. A type without a row does not compile. */
const types: Readonly<Record<ProviderType, TypeRow>> = {
  docker: plain,
  ecs: {
    runsOnLambda: true,
    permissions: ecsPermissions,
    events: ecsEvents,
    // ECS has one token bucket for each group of actions:
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
    maxConcurrency: 10,
  },
  memory: plain,
  process: { ...plain, runsOnLambda: false },
};

/** Returns the providers with the row of their type, and their settings without it. The types must be known. */
export function withTypes(providers: ProviderSettings) {
  return Object.entries(providers).map(([name, { type, orphan_policy: _, ...defaults }]) => ({
    name,
    type,
    defaults,
    row: types[type as ProviderType],
  }));
}

/** Returns the providers whose backends send events about tenants, each with the pattern of its events. */
export function providersWithEvents(providers: ProviderSettings): { provider: string; pattern: EventPattern }[] {
  return withTypes(providers).flatMap(({ name, defaults, row }) => {
    const pattern = row.events?.(name, defaults);
    return pattern ? [{ provider: name, pattern }] : [];
  });
}

/**
 * Matches ended rollouts of the services of one provider. A cluster in another account sends its events there, so those
 * tenants depend on the sweep.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
 */
function ecsEvents(name: string, defaults: Readonly<Record<string, unknown>>): EventPattern | undefined {
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
