import type * as sdk from '@aws-sdk/client-ecs';
import { canonicalJson } from '../../../src/compute/spec/json.ts';
import { EcsError, invalidParameter } from './ecs-error.ts';
import {
  arn,
  type DeployedSettings,
  date,
  type EcsState,
  noSettings,
  type ServiceRecord,
  toTagList,
  toTagMap,
} from './ecs-state.ts';
import { validateConnectors } from './gateway-operations.ts';
import { page } from './paging.ts';
import { beginDeployment, reconcile } from './rollout.ts';
import { validateDeployment } from './validate-deployment.ts';
import { launchable, validateCreation, validateSettings, validateStrategyChange } from './validate-service.ts';

export const serviceOperations = {
  CreateService(state: EcsState, input: sdk.CreateServiceRequest) {
    const cluster = clusterOf(state, input.cluster);
    validateCreation(input);
    const { clientToken, ...rest } = input;
    const request = canonicalJson({ ...rest, cluster });
    const newest = findService(state, cluster, input.serviceName);
    const there = newest?.service.status === 'INACTIVE' ? undefined : newest;
    const known = clientToken === undefined ? undefined : state.tokens.get(clientToken);
    if (known && known.request !== request) throw invalidParameter('Creation of service was not idempotent.');
    if (there) {
      if (there.service.status === 'DRAINING')
        throw invalidParameter('Unable to Start a service that is still Draining.');
      if (canonicalJson({ ...there.request, cluster }) !== request) {
        throw invalidParameter('Creation of service was not idempotent.');
      }
      return { service: toService(there, true) };
    }
    const definition = launchable(state, input.taskDefinition);
    validateSettings(state, input, definition);
    validateConnectors(state, cluster, input.gatewayConnectors, definition);
    validateDeployment(state, input);
    const record = makeService(state, cluster, rest);
    if (clientToken !== undefined) state.tokens.set(clientToken, { request, serviceArn: record.service.serviceArn });
    beginDeployment(state, record, definition.definition.taskDefinitionArn, settingsOf(rest));
    reconcile(state, record);
    return { service: toService(record, true) };
  },

  UpdateService(state: EcsState, input: sdk.UpdateServiceRequest) {
    const cluster = clusterOf(state, input.cluster);
    const record = activeService(state, cluster, input.service);
    const definition = launchable(state, input.taskDefinition ?? record.service.taskDefinition);
    const before = record.deployments[0]?.settings ?? {};
    validateStrategyChange(before, input);
    const settings = afterUpdate(before, input, record);
    validateSettings(
      state,
      { healthCheckGracePeriodSeconds: record.service.healthCheckGracePeriodSeconds, ...input, ...settings },
      definition,
    );
    validateConnectors(state, cluster, settings.gatewayConnectors, definition);
    validateDeployment(state, {
      ...settings,
      deploymentConfiguration: input.deploymentConfiguration ?? record.service.deploymentConfiguration,
    });
    const { taskDefinitionArn } = definition.definition;
    const isOther = taskDefinitionArn !== record.service.taskDefinition || triggersOf(settings) !== triggersOf(before);
    const { desiredCount, deploymentConfiguration, propagateTags, enableECSManagedTags } = input;
    const { healthCheckGracePeriodSeconds, enableExecuteCommand } = input;
    Object.assign(record.service, {
      ...(desiredCount !== undefined && { desiredCount }),
      ...(deploymentConfiguration && { deploymentConfiguration }),
      ...(propagateTags && { propagateTags }),
      ...(enableECSManagedTags !== undefined && { enableECSManagedTags }),
      ...(enableExecuteCommand !== undefined && { enableExecuteCommand }),
      ...(healthCheckGracePeriodSeconds !== undefined && { healthCheckGracePeriodSeconds }),
      ...noSettings,
      ...settings,
    });
    if (isOther || input.forceNewDeployment) beginDeployment(state, record, taskDefinitionArn, settings);
    reconcile(state, record);
    return { service: toService(record, true) };
  },

  DeleteService(state: EcsState, { cluster: clusterName, service = '', force = false }: sdk.DeleteServiceRequest) {
    const cluster = clusterOf(state, clusterName);
    const record = findService(state, cluster, service);
    if (!record || record.service.status === 'INACTIVE')
      throw new EcsError('ServiceNotFoundException', 'Service not found.');
    if (record.service.desiredCount > 0 && !force && record.service.status === 'ACTIVE') {
      throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
    }
    record.service.status = 'DRAINING';
    record.service.desiredCount = 0;
    reconcile(state, record);
    return { service: toService(record, true) };
  },

  DescribeServices(
    state: EcsState,
    { cluster: clusterName, services = [], include = [] }: sdk.DescribeServicesRequest,
  ) {
    const cluster = clusterOf(state, clusterName);
    if (services.length === 0) throw invalidParameter('Services cannot be empty.');
    if (services.length > 10) throw invalidParameter('Services cannot have more than 10 elements.');
    const found = services.map((name) => ({ name, record: findService(state, cluster, name) }));
    const isSeen = (record: ServiceRecord | undefined) => record !== undefined && record.visibleAt <= state.at;
    return {
      services: found.flatMap(({ record }) =>
        record && isSeen(record) ? [toService(record, include.includes('TAGS'))] : [],
      ),
      failures: found.flatMap(({ name, record }) =>
        isSeen(record)
          ? []
          : [{ arn: name.startsWith('arn:') ? name : arn(state, `service/${cluster}/${name}`), reason: 'MISSING' }],
      ),
    };
  },

  ListServices(state: EcsState, input: sdk.ListServicesRequest) {
    const cluster = clusterOf(state, input.cluster);
    const arns = [...state.services.values()]
      .filter(
        (record) => record.cluster === cluster && record.service.status === 'ACTIVE' && record.visibleAt <= state.at,
      )
      .map(({ service }) => service.serviceArn);
    const { items, nextToken } = page(arns, input, { standard: 10, keyOf: String });
    return { serviceArns: items, nextToken };
  },
};

/** Returns the name of an existing cluster. */
export function clusterOf(state: EcsState, cluster = 'default'): string {
  const name = cluster.split('/').at(-1) ?? '';
  if (cluster.startsWith('arn:') && cluster !== arn(state, `cluster/${name}`)) throw clusterNotFound();
  if (!state.clusters.has(name)) throw clusterNotFound();
  return name;
}

/** Finds the newest service of a name or an ARN, whatever its status. */
export function findService(state: EcsState, cluster: string, service: string | undefined): ServiceRecord | undefined {
  return state.services.get(arn(state, `service/${cluster}/${service?.split('/').at(-1)}`));
}

function activeService(state: EcsState, cluster: string, service: string | undefined): ServiceRecord {
  const record = findService(state, cluster, service);
  if (!record) throw new EcsError('ServiceNotFoundException', 'Service not found.');
  if (record.service.status !== 'ACTIVE') throw new EcsError('ServiceNotActiveException', 'Service was not ACTIVE.');
  return record;
}

function clusterNotFound(): EcsError {
  return new EcsError('ClusterNotFoundException', 'Cluster not found.');
}

function makeService(state: EcsState, cluster: string, request: sdk.CreateServiceRequest): ServiceRecord {
  const { serviceName = '', desiredCount = 0, tags, taskDefinition = '', ...rest } = request;
  const record: ServiceRecord = {
    service: {
      ...rest,
      serviceArn: arn(state, `service/${cluster}/${serviceName}`),
      serviceName,
      clusterArn: arn(state, `cluster/${cluster}`),
      status: 'ACTIVE',
      desiredCount,
      taskDefinition,
      runningCount: 0,
      pendingCount: 0,
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      createdAt: date(state.at),
      events: [],
    } as ServiceRecord['service'],
    cluster,
    tags: toTagMap(tags),
    deployments: [],
    completed: undefined,
    history: [],
    shifts: new Map(),
    visibleAt: state.at + state.timing.visible,
    retryAt: state.at,
    request,
  };
  const { serviceArn } = record.service;
  state.services.delete(serviceArn); // moves it to the end of the order
  state.services.set(serviceArn, record);
  return record;
}

function settingsOf(input: Partial<sdk.CreateServiceRequest>): DeployedSettings {
  const { networkConfiguration, capacityProviderStrategy, launchType, platformVersion } = input;
  const { loadBalancers, serviceRegistries, serviceConnectConfiguration, gatewayConnectors } = input;
  return {
    ...(networkConfiguration && { networkConfiguration }),
    ...(capacityProviderStrategy && { capacityProviderStrategy }),
    ...(launchType && { launchType }),
    ...(platformVersion && { platformVersion }),
    ...(loadBalancers && { loadBalancers }),
    ...(serviceRegistries && { serviceRegistries }),
    ...(serviceConnectConfiguration && { serviceConnectConfiguration }),
    ...(gatewayConnectors && { gatewayConnectors }),
  };
}

/** Merges an update into the settings: what it leaves out stays, and what is empty goes. */
function afterUpdate(
  before: DeployedSettings,
  input: sdk.UpdateServiceRequest,
  { request }: ServiceRecord,
): DeployedSettings {
  const merged = { ...before, ...settingsOf(input as Partial<sdk.CreateServiceRequest>) };
  const { capacityProviderStrategy: strategy } = input;
  if (strategy) merged.launchType = strategy.length > 0 ? undefined : (request.launchType ?? 'FARGATE');
  const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
  const kept = Object.entries(merged).filter(([, value]) => value !== undefined && !isEmpty(value));
  const settings = Object.fromEntries(kept) as DeployedSettings;
  if (settings.serviceConnectConfiguration?.enabled === false) delete settings.serviceConnectConfiguration;
  return settings;
}

/** Returns the settings whose change begins a deployment. A capacity provider strategy alone does not. */
function triggersOf({
  capacityProviderStrategy: _,
  launchType: __,
  platformVersion,
  ...rest
}: DeployedSettings): string {
  return canonicalJson({ ...rest, platformVersion: platformVersion ?? 'LATEST' });
}

function toService(record: ServiceRecord, withTags: boolean): sdk.Service {
  const { strategy = 'ROLLING' } = record.service.deploymentConfiguration ?? {};
  const deployments = record.deployments.map(({ deployment: all, settings }) => {
    const { networkConfiguration, launchType, serviceConnectConfiguration } = settings;
    const { rolloutState: _, rolloutStateReason: __, ...rest } = all;
    const deployment = strategy === 'ROLLING' ? all : rest;
    return { ...deployment, networkConfiguration, launchType, serviceConnectConfiguration };
  });
  const { gatewayConnectors: _, ...service } = record.service as ServiceRecord['service'] & DeployedSettings;
  const currentServiceDeployment = record.deployments[0]?.history.serviceDeploymentArn;
  return { ...service, currentServiceDeployment, deployments, ...(withTags && { tags: toTagList(record.tags) }) };
}
