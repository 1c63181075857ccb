import type {
  CreateServiceRequest,
  DeleteServiceRequest,
  DescribeServicesRequest,
  ListServicesRequest,
  Service,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import { canonicalJson } from '../../../src/compute/spec/json.ts';
import { EcsError, invalidParameter } from './ecs-error.ts';
import { page } from './paging.ts';
import { beginDeployment, reconcile } from './rollout.ts';
import { launchable, validateCreation, validateSettings } from './validate-service.ts';
import { arn, type DeployedSettings, date, type ServiceRecord, toTagList, toTagMap, type World } from './world.ts';

export const serviceOperations = {
  CreateService(world: World, input: CreateServiceRequest) {
    const cluster = clusterOf(world, input.cluster);
    validateCreation(input);
    const { clientToken, ...rest } = input;
    const request = canonicalJson({ ...rest, cluster });
    const newest = findService(world, cluster, input.serviceName);
    const there = newest?.service.status === 'INACTIVE' ? undefined : newest;
    const known = clientToken === undefined ? undefined : world.tokens.get(clientToken);
    if (known && known.request !== request) throw invalidParameter('Creation of service was not idempotent.');
    if (there) {
      if (there.service.status === 'DRAINING')
        throw invalidParameter('Unable to Start a service that is still Draining.');
      if (canonicalJson({ ...there.request, cluster }) !== request) {
        throw invalidParameter('Creation of service was not idempotent.');
      }
      return { service: toService(there, true) };
    }
    const definition = launchable(world, input.taskDefinition);
    validateSettings(world, input, definition);
    const record = makeService(world, cluster, rest);
    if (clientToken !== undefined) world.tokens.set(clientToken, { request, serviceArn: record.service.serviceArn });
    beginDeployment(world, record, definition.definition.taskDefinitionArn, settingsOf(rest));
    reconcile(world, record);
    return { service: toService(record, true) };
  },

  UpdateService(world: World, input: UpdateServiceRequest) {
    const cluster = clusterOf(world, input.cluster);
    const record = activeService(world, cluster, input.service);
    const definition = launchable(world, input.taskDefinition ?? record.service.taskDefinition);
    const before = record.deployments[0]?.settings ?? {};
    const { launchType: _, ...asked } = settingsOf(input);
    const settings: DeployedSettings = {
      ...before,
      ...asked,
      ...(input.capacityProviderStrategy && { launchType: undefined }),
    };
    validateSettings(world, { ...record.request, ...input, ...settings }, definition);
    const { taskDefinitionArn } = definition.definition;
    const isOther =
      taskDefinitionArn !== record.service.taskDefinition || canonicalJson(settings) !== canonicalJson(before);
    const {
      desiredCount,
      deploymentConfiguration,
      propagateTags,
      enableECSManagedTags,
      healthCheckGracePeriodSeconds,
    } = input;
    Object.assign(record.service, {
      ...(desiredCount !== undefined && { desiredCount }),
      ...(deploymentConfiguration && { deploymentConfiguration }),
      ...(propagateTags && { propagateTags }),
      ...(enableECSManagedTags !== undefined && { enableECSManagedTags }),
      ...(healthCheckGracePeriodSeconds !== undefined && { healthCheckGracePeriodSeconds }),
      ...settings,
    });
    if (isOther || input.forceNewDeployment) beginDeployment(world, record, taskDefinitionArn, settings);
    reconcile(world, record);
    return { service: toService(record, true) };
  },

  DeleteService(world: World, { cluster: clusterName, service = '', force = false }: DeleteServiceRequest) {
    const cluster = clusterOf(world, clusterName);
    const record = findService(world, cluster, service);
    if (!record || record.service.status === 'INACTIVE')
      throw new EcsError('ServiceNotFoundException', 'Service not found.');
    if (record.service.desiredCount > 0 && !force && record.service.status === 'ACTIVE') {
      throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
    }
    record.service.status = 'DRAINING';
    record.service.desiredCount = 0;
    reconcile(world, record);
    return { service: toService(record, true) };
  },

  DescribeServices(world: World, { cluster: clusterName, services = [], include = [] }: DescribeServicesRequest) {
    const cluster = clusterOf(world, clusterName);
    if (services.length === 0) throw invalidParameter('Services cannot be empty.');
    if (services.length > 10) throw invalidParameter('Services cannot have more than 10 elements.');
    const found = services.map((name) => ({ name, record: findService(world, cluster, name) }));
    const isSeen = (record: ServiceRecord | undefined) => record !== undefined && record.visibleAt <= world.at;
    return {
      services: found.flatMap(({ record }) =>
        record && isSeen(record) ? [toService(record, include.includes('TAGS'))] : [],
      ),
      failures: found.flatMap(({ name, record }) =>
        isSeen(record)
          ? []
          : [{ arn: name.startsWith('arn:') ? name : arn(world, `service/${cluster}/${name}`), reason: 'MISSING' }],
      ),
    };
  },

  ListServices(world: World, input: ListServicesRequest) {
    const cluster = clusterOf(world, input.cluster);
    const arns = [...world.services.values()]
      .filter(
        (record) => record.cluster === cluster && record.service.status === 'ACTIVE' && record.visibleAt <= world.at,
      )
      .map(({ service }) => service.serviceArn);
    const { items, nextToken } = page(arns, input, { standard: 10, keyOf: String });
    return { serviceArns: items, nextToken };
  },
};

/** The name of a cluster that is there. */
export function clusterOf(world: World, cluster = 'default'): string {
  const name = cluster.split('/').at(-1) ?? '';
  if (cluster.startsWith('arn:') && cluster !== arn(world, `cluster/${name}`)) throw clusterNotFound();
  if (!world.clusters.has(name)) throw clusterNotFound();
  return name;
}

/** The newest service of a name or an ARN, whatever its status. */
export function findService(world: World, cluster: string, service: string | undefined): ServiceRecord | undefined {
  return world.services.get(arn(world, `service/${cluster}/${service?.split('/').at(-1)}`));
}

function activeService(world: World, cluster: string, service: string | undefined): ServiceRecord {
  const record = findService(world, cluster, service);
  if (!record) throw new EcsError('ServiceNotFoundException', 'Service not found.');
  if (record.service.status !== 'ACTIVE') throw new EcsError('ServiceNotActiveException', 'Service was not ACTIVE.');
  return record;
}

function clusterNotFound(): EcsError {
  return new EcsError('ClusterNotFoundException', 'Cluster not found.');
}

function makeService(world: World, cluster: string, request: CreateServiceRequest): ServiceRecord {
  const { serviceName = '', desiredCount = 0, tags, taskDefinition = '', ...rest } = request;
  const record: ServiceRecord = {
    service: {
      ...rest,
      serviceArn: arn(world, `service/${cluster}/${serviceName}`),
      serviceName,
      clusterArn: arn(world, `cluster/${cluster}`),
      status: 'ACTIVE',
      desiredCount,
      taskDefinition,
      runningCount: 0,
      pendingCount: 0,
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      createdAt: date(world.at),
      events: [],
    } as ServiceRecord['service'],
    cluster,
    tags: toTagMap(tags),
    deployments: [],
    completed: undefined,
    history: [],
    visibleAt: world.at + world.timing.visible,
    retryAt: world.at,
    request,
  };
  const { serviceArn } = record.service;
  world.services.delete(serviceArn); // what is made last is last in the order
  world.services.set(serviceArn, record);
  return record;
}

function settingsOf(input: Partial<CreateServiceRequest>): DeployedSettings {
  const { networkConfiguration, capacityProviderStrategy, launchType, platformVersion } = input;
  const { loadBalancers, serviceRegistries, serviceConnectConfiguration } = input;
  return {
    ...(networkConfiguration && { networkConfiguration }),
    ...(capacityProviderStrategy && { capacityProviderStrategy }),
    ...(launchType && { launchType }),
    ...(platformVersion && { platformVersion }),
    ...(loadBalancers && { loadBalancers }),
    ...(serviceRegistries && { serviceRegistries }),
    ...(serviceConnectConfiguration && { serviceConnectConfiguration }),
  };
}

function toService(record: ServiceRecord, withTags: boolean): Service {
  const deployments = record.deployments.map(({ deployment, settings }) => {
    const { networkConfiguration, launchType, serviceConnectConfiguration } = settings;
    return { ...deployment, networkConfiguration, launchType, serviceConnectConfiguration };
  });
  return { ...record.service, deployments, ...(withTags && { tags: toTagList(record.tags) }) };
}
