import type * as sdk from '@aws-sdk/client-ecs';
import { canonicalJson } from '../../../src/compute/spec/json.ts';
import { isAttached } from './balancing-operations.ts';
import { clientError, EcsError, invalidParameter } from './ecs-error.ts';
import { type DefinitionRecord, type EcsState, findDefinition } from './ecs-state.ts';
import { NAME, validateTags } from './validate-definition.ts';

type Settings = Partial<sdk.CreateServiceRequest>;

/** Throws what only CreateService refuses. README.md lists the sources of rules and texts. */
export function validateCreation(input: sdk.CreateServiceRequest): void {
  const { serviceName = '', clientToken, desiredCount, launchType, capacityProviderStrategy } = input;
  if (!NAME.test(serviceName)) throw invalidParameter('Invalid service name.');
  if (clientToken !== undefined && !/^[!-~]{1,36}$/.test(clientToken)) throw invalidParameter('Invalid clientToken.');
  if (desiredCount === undefined || desiredCount < 0)
    throw invalidParameter('desiredCount is required for the REPLICA strategy.');
  if (launchType && capacityProviderStrategy) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  validateTags(input.tags);
}

/** Throws what UpdateService refuses of a change of the capacity provider strategy. */
export function validateStrategyChange(
  { capacityProviderStrategy: before = [] }: Settings,
  { capacityProviderStrategy: after, forceNewDeployment }: Partial<sdk.UpdateServiceRequest>,
): void {
  if (!after || forceNewDeployment || canonicalJson(before) === canonicalJson(after)) return;
  throw invalidParameter(
    'When switching from launch type to capacity provider strategy on an existing service, or making a change to a ' +
      'capacity provider strategy on a service that is already using one, you must force a new deployment.',
  );
}

/** Throws what CreateService and UpdateService refuse, given the task definition to run. */
export function validateSettings(state: EcsState, input: Settings, definition: DefinitionRecord): void {
  const { networkConfiguration, launchType, propagateTags, enableECSManagedTags } = input;
  const { networkMode, requiresCompatibilities = [], containerDefinitions = [] } = definition.definition;
  if (networkMode === 'awsvpc' && !networkConfiguration?.awsvpcConfiguration) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  validateNetwork(state, networkConfiguration);
  validateStrategy(state, input.capacityProviderStrategy);
  validatePlatform(input, definition);
  if (launchType && requiresCompatibilities.length > 0 && !requiresCompatibilities.includes(launchType)) {
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  if (enableECSManagedTags && propagateTags === undefined) {
    throw invalidParameter('Managed tags need propagateTags.');
  }
  for (const { targetGroupArn = '', containerName, containerPort } of input.loadBalancers ?? []) {
    const container = containerDefinitions.find(({ name }) => name === containerName);
    if (!container) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
    const vpc = state.balancing.groups.get(targetGroupArn)?.group.VpcId;
    if (vpc !== undefined && vpc !== state.vpc) {
      throw invalidParameter(`The target group ${targetGroupArn} is in ${vpc}, and the subnets are in ${state.vpc}.`);
    }
    if (!state.targetGroups.has(targetGroupArn) && !isAttached(state, targetGroupArn)) {
      throw invalidParameter(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
  }
  for (const { containerName, containerPort } of input.serviceRegistries ?? []) {
    const container = containerDefinitions.find(({ name }) => name === containerName);
    if (containerName !== undefined && !container?.portMappings?.some((one) => one.containerPort === containerPort)) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
  }
  if ((input.healthCheckGracePeriodSeconds ?? 0) > 0 && (input.loadBalancers ?? []).length === 0) {
    throw invalidParameter('Health check grace period is only valid for services configured to use load balancers');
  }
  validateServiceConnect(state, input, definition);
}

function validateStrategy(state: EcsState, strategy: readonly sdk.CapacityProviderStrategyItem[] = []): void {
  if (strategy.length === 0) return;
  if (strategy.some(({ capacityProvider = '' }) => !state.capacityProviders.has(capacityProvider))) {
    throw invalidParameter(
      'The specified capacity provider was not found. Specify a valid capacity provider and try again.',
    );
  }
  if (!strategy.some(({ weight = 0 }) => weight > 0)) {
    throw invalidParameter('At least one capacity provider must have a weight value greater than zero specified.');
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    throw invalidParameter('Only one capacity provider in a capacity provider strategy can have a base defined.');
  }
  if (new Set(strategy.map(({ capacityProvider }) => isFargateProvider(capacityProvider))).size > 1) {
    throw invalidParameter('A capacity provider strategy cannot contain a mix of Fargate and Auto Scaling groups.');
  }
}

function isFargateProvider(name: string | undefined): boolean {
  return name === 'FARGATE' || name === 'FARGATE_SPOT';
}

/** What only Fargate has, and what only its newer platform versions have. */
function validatePlatform(input: Settings, { definition }: DefinitionRecord): void {
  const { launchType, capacityProviderStrategy: [first] = [], platformVersion, networkConfiguration } = input;
  const isFargate = first ? isFargateProvider(first.capacityProvider) : launchType === 'FARGATE';
  if (!isFargate && networkConfiguration?.awsvpcConfiguration?.assignPublicIp === 'ENABLED') {
    throw invalidParameter('Assign public IP is not supported for this launch type.');
  }
  if (!isFargate && platformVersion !== undefined) {
    throw invalidParameter('The platform version must be null when specifying an EC2 launch type.');
  }
  if (platformVersion === undefined || platformVersion === 'LATEST') return;
  if (!/^1\.[0-4]\.0$/.test(platformVersion)) {
    throw new EcsError('PlatformUnknownException', 'The specified platform version does not exist.');
  }
  const isNew =
    definition.ephemeralStorage !== undefined ||
    Number(definition.cpu) > 4096 ||
    definition.runtimePlatform?.cpuArchitecture === 'ARM64';
  if (isNew && platformVersion < '1.4.0') {
    throw new EcsError(
      'PlatformTaskDefinitionIncompatibilityException',
      'One or more of the requested capabilities are not supported.',
    );
  }
}

/** Returns the task definition of an ARN. Throws if a service cannot run it. */
export function launchable(state: EcsState, taskDefinition: string | undefined): DefinitionRecord {
  const found = findDefinition(state, taskDefinition ?? '');
  if (!found) throw clientError('TaskDefinition not found.');
  if (found.definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  return found;
}

function validateNetwork(state: EcsState, configuration: Settings['networkConfiguration']): void {
  const { subnets = [], securityGroups = [] } = configuration?.awsvpcConfiguration ?? {};
  if (configuration?.awsvpcConfiguration && subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  if (subnets.length > 16) throw invalidParameter('subnets can have at most 16 items.');
  if (securityGroups.length > 5) throw invalidParameter('securityGroups can have at most 5 items.');
  const subnet = subnets.find((id) => !state.subnets.has(id));
  if (subnet) {
    throw invalidParameter(
      `Error retrieving subnet information for [${subnet}]: ` +
        `The subnet ID '${subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    );
  }
  const group = securityGroups.find((id) => !state.securityGroups.has(id));
  if (group) {
    throw invalidParameter(
      `Error retrieving security group information for [${group}]: ` +
        `The security group '${group}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    );
  }
}

function validateServiceConnect(
  state: EcsState,
  { serviceConnectConfiguration }: Settings,
  { definition }: DefinitionRecord,
): void {
  const { enabled, namespace, services = [] } = serviceConnectConfiguration ?? {};
  if (!enabled) return;
  if (!namespace || !state.namespaces.has(namespace)) {
    throw new EcsError('NamespaceNotFoundException', 'The specified namespace was not found.');
  }
  const names = new Set(
    definition.containerDefinitions?.flatMap(({ portMappings = [] }) => portMappings.map(({ name }) => name)),
  );
  for (const { portName, discoveryName = '' } of services) {
    if (!names.has(portName)) {
      throw invalidParameter(`portName(${portName}) does not refer to any named PortMapping in the Task Definition.`);
    }
    if (!/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(discoveryName)) throw invalidParameter('Invalid discoveryName.');
  }
}
