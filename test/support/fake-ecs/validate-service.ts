import type * as sdk from '@aws-sdk/client-ecs';
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

/** Throws what CreateService and UpdateService refuse, given the task definition to run. */
export function validateSettings(state: EcsState, input: Settings, definition: DefinitionRecord): void {
  const { networkConfiguration, launchType, propagateTags, enableECSManagedTags } = input;
  const { networkMode, requiresCompatibilities = [], containerDefinitions = [] } = definition.definition;
  if (networkMode === 'awsvpc' && !networkConfiguration?.awsvpcConfiguration) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  validateNetwork(state, networkConfiguration);
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
    if (!state.targetGroups.has(targetGroupArn)) {
      throw invalidParameter(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
  }
  validateServiceConnect(state, input, definition);
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
