import type {
  CapacityProviderStrategyItem,
  LoadBalancer,
  Service,
  ServiceConnectConfiguration,
  ServiceRegistry,
  UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { UpdateFailedError } from '../../../compute/errors.ts';
import { equalJson } from '../../../compute/spec/json.ts';
import { isRouteLost, type Route } from '../address/gateway.ts';
import type { EcsConfig } from '../config.ts';
import { deploymentChange } from '../deployment/strategy.ts';
import { isFargate } from '../fargate.ts';
import type { OptionalField, ServiceRecord } from '../tags.ts';
import type { Plan } from './plan.ts';
import type { ServiceSettings } from './service-mapping.ts';

/*
 * Setting a whole service with an API that changes fields
 *
 * UpdateService keeps the fields that a call leaves out. So what nothing asks for any more has to be taken away in so many
 * words: an empty list, `enabled: false`, `LATEST`. What Berth never set stays, because another controller may own it;
 * the record in the tags of the service tells (`ServiceRecord`).
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 *
 * - A service that was made with a launch type keeps it. A capacity provider strategy takes precedence over it, and an empty
 *   strategy brings it back. Every change of the strategy requires `forceNewDeployment`.
 * - ECS may show the platform version that `LATEST` stands for, and a namespace by its ARN. So these only count as
 *   different while the operator's settings are not applied: else the service would be updated again and again.
 */

/** The settings of a service that a plan wants. */
export interface WantedService {
  config: EcsConfig;
  service: ServiceSettings;
}

/** A service as ECS shows it, and what Berth set on it. */
export interface ActualService {
  service: Service;
  record: ServiceRecord;
  /** Its route on the gateway of the settings. */
  route: Route | undefined;
  /** True if the operator's settings were applied to it already. */
  isSettled: boolean;
}

/** The part of an update that says what changes beside the task definition and the number of tasks. */
export type ServiceChanges = Partial<UpdateServiceCommandInput>;

/** Returns the optional fields that Berth sets for a plan. */
export function fieldsOf({
  config,
  isStale,
  hasVolumes,
}: Pick<Plan, 'config' | 'isStale' | 'hasVolumes'>): ReadonlySet<OptionalField> {
  const fields = [
    'load_balancer',
    'gateway',
    'service_registry',
    'service_connect',
    'capacity_providers',
    'autoscaling',
  ] as const;
  const set: OptionalField[] = fields.filter((field) => config[field] !== undefined);
  if (config.platform_version && isFargate(config)) set.push('platform_version');
  if (hasVolumes) set.push('volumes');
  if (isStale) set.push('stale_address');
  return new Set(set);
}

/**
 * Returns the fields in which a service differs from a plan, with the values that they have to get. Empty if it does not
 * differ. Throws `UpdateFailedError` for a change that ECS cannot make.
 */
export function changesTo({ config, service: wanted }: WantedService, actual: ActualService): ServiceChanges {
  const { service } = actual;
  refuseLaunchType(config, service);
  const strategy = strategyChange(wanted, actual);
  const deployment = deploymentChange(wanted.deploymentConfiguration, service.deploymentConfiguration);
  return {
    ...(isOtherNetwork(wanted, service) && { networkConfiguration: wanted.networkConfiguration }),
    ...strategy,
    ...platformChange(config, actual),
    ...balancerChange(wanted, actual),
    ...gatewayChange(wanted, actual),
    ...registryChange(wanted, actual),
    ...connectChange(wanted, actual),
    ...(deployment && { deploymentConfiguration: deployment }),
    ...(wanted.availabilityZoneRebalancing &&
      isOther(wanted.availabilityZoneRebalancing, service.availabilityZoneRebalancing) && {
        availabilityZoneRebalancing: wanted.availabilityZoneRebalancing,
      }),
    ...(isOther(wanted.propagateTags, service.propagateTags) && { propagateTags: wanted.propagateTags }),
    ...(isOther(wanted.enableECSManagedTags, service.enableECSManagedTags) && {
      enableECSManagedTags: wanted.enableECSManagedTags,
    }),
    ...(isOther(wanted.enableExecuteCommand, service.enableExecuteCommand) && {
      enableExecuteCommand: wanted.enableExecuteCommand,
    }),
    ...(strategy && { forceNewDeployment: true }),
  };
}

/** Returns the fields that every update repeats: a difference in something that ECS does not show ends with the next one. */
export function repeatedFields({ service }: WantedService): ServiceChanges {
  const { desiredCount: _, capacityProviderStrategy: __, ...repeated } = service;
  return repeated;
}

/** UpdateService cannot change a launch type. */
function refuseLaunchType(config: EcsConfig, { launchType, serviceName }: Service): void {
  const wanted = config.capacity_providers ? undefined : (config.launch_type ?? 'FARGATE');
  if (!wanted || !launchType || launchType === wanted) return;
  throw new UpdateFailedError(`the service ${serviceName} was made for ${launchType}, and cannot move to ${wanted}`, {
    hint: `The operator has to restore launch_type ${launchType}, or to set capacity_providers.`,
  });
}

function isBerths({ record }: ActualService, field: OptionalField): boolean {
  return record.fields.has(field);
}

function strategyChange(wanted: ServiceSettings, actual: ActualService): ServiceChanges | undefined {
  const { capacityProviderStrategy: items = [] } = actual.service;
  const strategy = wanted.capacityProviderStrategy;
  if (!strategy) {
    return items.length > 0 && isBerths(actual, 'capacity_providers') ? { capacityProviderStrategy: [] } : undefined;
  }
  return equalJson(sortedItems(strategy), sortedItems(items)) ? undefined : { capacityProviderStrategy: strategy };
}

function sortedItems(items: readonly CapacityProviderStrategyItem[]) {
  return items
    .map(({ capacityProvider = '', weight = 0, base = 0 }) => ({ capacityProvider, weight, base }))
    .sort((a, b) => (a.capacityProvider < b.capacityProvider ? -1 : 1));
}

function platformChange(config: EcsConfig, actual: ActualService): ServiceChanges {
  if (!isFargate(config)) return {};
  const { platformVersion } = actual.service;
  const { platform_version: wanted } = config;
  if (wanted && wanted !== 'LATEST') return wanted === platformVersion ? {} : { platformVersion: wanted };
  const isKept = !platformVersion || platformVersion === 'LATEST' || actual.isSettled;
  return isKept || !isBerths(actual, 'platform_version') ? {} : { platformVersion: 'LATEST' };
}

/** The grace period also applies to health checks of containers, so it goes with the load balancer. */
function balancerChange(wanted: ServiceSettings, actual: ActualService): ServiceChanges {
  const { loadBalancers = [], healthCheckGracePeriodSeconds: grace = 0 } = actual.service;
  if (!wanted.loadBalancers) {
    const isLeft = loadBalancers.length > 0 && isBerths(actual, 'load_balancer');
    return isLeft ? { loadBalancers: [], ...(grace > 0 && { healthCheckGracePeriodSeconds: 0 }) } : {};
  }
  const { healthCheckGracePeriodSeconds } = wanted;
  return {
    ...(!equalJson(targets(wanted.loadBalancers), targets(loadBalancers)) && { loadBalancers: wanted.loadBalancers }),
    ...(grace !== healthCheckGracePeriodSeconds && { healthCheckGracePeriodSeconds }),
  };
}

function targets(balancers: readonly LoadBalancer[]): string[] {
  return balancers.map(({ targetGroupArn, containerName, containerPort, advancedConfiguration: more }) =>
    [
      [targetGroupArn, containerName, containerPort],
      more ? [more.alternateTargetGroupArn, more.productionListenerRule, more.roleArn] : [],
    ]
      .flat()
      .join(' '),
  );
}

/** ECS does not show the connectors of a service; its route does. A route that came to nothing needs another deployment. */
function gatewayChange(wanted: ServiceSettings, actual: ActualService): ServiceChanges {
  const { gatewayConnectors } = wanted;
  if (!gatewayConnectors) return isBerths(actual, 'gateway') ? { gatewayConnectors: [] } : {};
  const { route, record } = actual;
  const isKept = route?.portName === gatewayConnectors[0]?.portName && record.fields.has('gateway');
  if (isKept && !isRouteLost(route)) return {};
  return { gatewayConnectors, ...(route?.status === 'CREATE_FAILED' && { forceNewDeployment: true }) };
}

function registryChange(wanted: ServiceSettings, actual: ActualService): ServiceChanges {
  const { serviceRegistries: registries = [] } = actual.service;
  if (!wanted.serviceRegistries) {
    return registries.length > 0 && isBerths(actual, 'service_registry') ? { serviceRegistries: [] } : {};
  }
  const isEqual = equalJson(entries(wanted.serviceRegistries), entries(registries));
  return isEqual ? {} : { serviceRegistries: wanted.serviceRegistries };
}

function entries(registries: readonly ServiceRegistry[]): string[] {
  return registries.map(({ registryArn, containerName, containerPort }) =>
    [registryArn, containerName, containerPort].join(' '),
  );
}

function connectChange(wanted: ServiceSettings, actual: ActualService): ServiceChanges {
  const primary = actual.service.deployments?.find(({ status }) => status === 'PRIMARY');
  const { serviceConnectConfiguration: configuration } = primary ?? {};
  if (!wanted.serviceConnectConfiguration) {
    const isLeft = configuration?.enabled && isBerths(actual, 'service_connect');
    return isLeft ? { serviceConnectConfiguration: { enabled: false } } : {};
  }
  const { namespace } = wanted.serviceConnectConfiguration;
  const isEqual =
    (namespace === configuration?.namespace || (isArn(configuration?.namespace) && actual.isSettled)) &&
    equalJson(offers(wanted.serviceConnectConfiguration), offers(configuration));
  return isEqual ? {} : { serviceConnectConfiguration: wanted.serviceConnectConfiguration };
}

function isArn(text: string | undefined): boolean {
  return text?.startsWith('arn:') ?? false;
}

function offers({ enabled, services = [] }: ServiceConnectConfiguration = { enabled: false }) {
  const offered = services.map(({ portName, discoveryName, clientAliases = [] }) =>
    [portName, discoveryName, ...clientAliases.map(({ port }) => port)].join(' '),
  );
  return [enabled, ...offered.sort()];
}

/** A field that ECS does not show counts as equal. */
function isOther<T>(wanted: T, actual: T | undefined): boolean {
  return actual !== undefined && actual !== wanted;
}

function isOtherNetwork(settings: ServiceSettings, service: Service): boolean {
  const wanted = settings.networkConfiguration?.awsvpcConfiguration;
  const actual = service.networkConfiguration?.awsvpcConfiguration;
  return (
    sorted(wanted?.subnets) !== sorted(actual?.subnets) ||
    sorted(wanted?.securityGroups) !== sorted(actual?.securityGroups) ||
    wanted?.assignPublicIp !== (actual?.assignPublicIp ?? 'DISABLED')
  );
}

function sorted(ids: readonly string[] = []): string {
  return ids.toSorted().join();
}
