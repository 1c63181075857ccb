import type * as sdk from '@aws-sdk/client-ecs';
import { clientError, EcsError, invalidParameter } from './ecs-error.ts';
import type { EcsState } from './ecs-state.ts';

export const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const IMAGE = /^[A-Za-z0-9:./_#@-]+$/;
const MAX_BYTES = 64 * 1024;
const MAX_IMAGE = 255;
/** CPU units of a task that does not run on Fargate. */
const MIN_CPU = 128;
const MAX_CPU = 196_608;
const ECR_IMAGE = /^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//;

/** Memory in MiB for each number of CPU units: a list, or a minimum, a maximum and a step. */
const FARGATE: Readonly<Record<string, readonly number[] | readonly [number, number, number, 'step']>> = {
  256: [512, 1024, 2048],
  512: [1024, 4096, 1024, 'step'],
  1024: [2048, 8192, 1024, 'step'],
  2048: [4096, 16_384, 1024, 'step'],
  4096: [8192, 30_720, 1024, 'step'],
  8192: [16_384, 61_440, 4096, 'step'],
  16384: [32_768, 122_880, 8192, 'step'],
};

/** Throws what RegisterTaskDefinition refuses. README.md lists the sources of rules and texts. */
export function validateDefinition(state: EcsState, input: sdk.RegisterTaskDefinitionRequest): void {
  const { family = '', containerDefinitions = [], requiresCompatibilities = [], executionRoleArn, taskRoleArn } = input;
  if (!NAME.test(family)) throw clientError('Family contains invalid characters or is too long.');
  if (containerDefinitions.length === 0) throw clientError('Container list cannot be empty.');
  if (containerDefinitions.length > 10) throw clientError('Too many containers: a task definition has at most 10.');
  if (Buffer.byteLength(JSON.stringify(input)) > MAX_BYTES)
    throw clientError('Actual length exceeds the maximum of 65536.');
  validateTags(input.tags);
  for (const role of [executionRoleArn, taskRoleArn]) {
    if (role !== undefined && !state.roles.has(role)) throw clientError('Role is not valid');
  }
  const names = containerDefinitions.map(({ name }) => name);
  if (new Set(names).size < names.length) throw clientError('Container.name must be unique.');
  if (!containerDefinitions.some(({ essential = true }) => essential)) {
    throw clientError('A task definition must have at least one essential container.');
  }
  for (const container of containerDefinitions) validateContainer(container, input);
  validateVolumes(input);
  for (const container of containerDefinitions) validateDependencies(container, containerDefinitions);
  if (requiresCompatibilities.includes('FARGATE')) validateFargate(input);
  else if (input.cpu && (Number(input.cpu) < MIN_CPU || Number(input.cpu) > MAX_CPU)) {
    throw clientError(`Invalid 'cpu' setting for task: supported are ${MIN_CPU} to ${MAX_CPU} CPU units.`);
  }
  const ports = containerDefinitions.flatMap(({ portMappings = [] }) =>
    portMappings.map(({ containerPort }) => containerPort),
  );
  if (input.networkMode === 'awsvpc' && new Set(ports).size < ports.length) {
    throw clientError('Container ports must be unique within a task that uses the awsvpc network mode.');
  }
  const portNames = containerDefinitions.flatMap(({ portMappings = [] }) =>
    portMappings.flatMap(({ name }) => name ?? []),
  );
  if (new Set(portNames).size < portNames.length)
    throw clientError('PortMapping names must be unique in a task definition.');
}

function validateVolumes({
  volumes = [],
  containerDefinitions = [],
  taskRoleArn,
}: sdk.RegisterTaskDefinitionRequest): void {
  const names = volumes.map(({ name }) => name);
  if (new Set(names).size < names.length) throw clientError('Volume names must be unique in a task definition.');
  for (const { efsVolumeConfiguration: efs } of volumes) {
    const { authorizationConfig: by, transitEncryption, rootDirectory = '/' } = efs ?? {};
    if (by && transitEncryption !== 'ENABLED')
      throw clientError('Transit encryption must be enabled with an access point.');
    if (by?.accessPointId && rootDirectory !== '/')
      throw clientError('An access point decides about the root directory.');
    if (by?.iam === 'ENABLED' && !taskRoleArn) throw clientError('IAM authorization needs a task role.');
  }
  for (const { mountPoints = [] } of containerDefinitions) {
    for (const { sourceVolume, containerPath } of mountPoints) {
      if (!names.includes(sourceVolume)) throw clientError(`Unknown volume '${sourceVolume}'.`);
      if (!containerPath?.startsWith('/')) throw clientError('The path of a mount must be absolute.');
    }
  }
}

export function validateTags(tags: readonly sdk.Tag[] = []): void {
  if (tags.length > 50) throw invalidParameter('The maximum number of tags for a resource is 50.');
  const keys = tags.map(({ key }) => key ?? '');
  if (new Set(keys).size < keys.length)
    throw invalidParameter('Duplicate tag keys found. Please note that sdk.Tag keys are case insensitive.');
  for (const { key = '', value = '' } of tags) {
    if (key.length < 1 || key.length > 128 || /^aws:/i.test(key) || !TAG_TEXT.test(key)) {
      throw invalidParameter('Invalid tag key.');
    }
    if (value.length > 256 || !TAG_TEXT.test(value)) throw invalidParameter('Invalid tag value.');
  }
}

function validateContainer(container: sdk.ContainerDefinition, input: sdk.RegisterTaskDefinitionRequest): void {
  const {
    name = '',
    image = '',
    cpu = 0,
    memory,
    memoryReservation,
    healthCheck,
    secrets = [],
    portMappings = [],
  } = container;
  if (!NAME.test(name)) throw clientError('Container.name contains invalid characters.');
  const [reference = ''] = image.split('@');
  if (reference.length > MAX_IMAGE) throw clientError('Container.image is too long.');
  if (image === '' || !IMAGE.test(image)) throw clientError('Container.image contains invalid characters.');
  if (cpu < 0 || (input.cpu && cpu > Number(input.cpu))) {
    throw clientError(`Invalid setting for container '${name}'. The cpu of the container exceeds that of the task.`);
  }
  if (memory !== undefined && (memory < 6 || (input.memory && memory > Number(input.memory)))) {
    throw clientError(`Invalid setting for container '${name}'. The memory of the container does not fit the task.`);
  }
  if (memory === undefined && memoryReservation === undefined && input.memory === undefined) {
    throw clientError(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  for (const { containerPort = 0, hostPort, protocol = 'tcp', name: portName } of portMappings) {
    if (containerPort < 1 || containerPort > 65_535) throw clientError('Invalid containerPort.');
    if (!['tcp', 'udp'].includes(protocol)) throw clientError('Invalid protocol.');
    if (input.networkMode === 'awsvpc' && hostPort && hostPort !== containerPort) {
      throw clientError('When networkMode=awsvpc, the host ports and container ports in port mappings must match.');
    }
    if (portName !== undefined && !/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(portName))
      throw clientError('Invalid port mapping name.');
  }
  if (secrets.length > 0 && !input.executionRoleArn) {
    throw clientError(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
  for (const { valueFrom = '' } of secrets) {
    if (!/^(arn:aws[a-z-]*:(ssm|secretsmanager):|[A-Za-z0-9_./-]+$)/.test(valueFrom)) {
      throw clientError(`The Systems Manager parameter name specified for secret is invalid.`);
    }
  }
  const twice = new Set((container.environment ?? []).map(({ name: variable }) => variable));
  if (secrets.some(({ name: variable }) => twice.has(variable))) {
    throw clientError(
      'The secret name must be unique and not shared with any new or existing environment variables set on the container.',
    );
  }
  if (healthCheck) validateHealthCheck(healthCheck);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html */
function validateDependencies(
  { name, dependsOn = [] }: sdk.ContainerDefinition,
  containers: readonly sdk.ContainerDefinition[],
): void {
  for (const { containerName, condition } of dependsOn) {
    const other = containers.find((one) => one.name === containerName);
    if (!other || containerName === name) throw clientError(`Invalid container dependency of '${name}'.`);
    const isEnd = condition === 'SUCCESS' || condition === 'COMPLETE';
    if (isEnd && (other.essential ?? true)) {
      throw clientError(`'${condition}' cannot be set on the essential container '${containerName}'.`);
    }
    if (condition === 'HEALTHY' && !other.healthCheck) {
      throw clientError(`'HEALTHY' needs a health check of the container '${containerName}'.`);
    }
  }
  if (isCircular(name, containers)) throw clientError('The container dependencies are a circle.');
}

function isCircular(start: string | undefined, containers: readonly sdk.ContainerDefinition[]): boolean {
  const reached = new Set<string | undefined>();
  const open = [start];
  for (const name of open) {
    const next =
      containers.find((one) => one.name === name)?.dependsOn?.map(({ containerName }) => containerName) ?? [];
    if (next.includes(start)) return true;
    open.push(...next.filter((one) => !reached.has(one)));
    for (const one of next) reached.add(one);
  }
  return false;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html */
function validateHealthCheck(check: NonNullable<sdk.ContainerDefinition['healthCheck']>): void {
  const { command = [], interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = check;
  const bounds = {
    interval: [interval, 5, 300],
    timeout: [timeout, 2, 60],
    retries: [retries, 1, 10],
    startPeriod: [startPeriod, 0, 300],
  };
  if (!['CMD', 'CMD-SHELL'].includes(command[0] ?? '') || command.length < 2) {
    throw clientError('The health check command must begin with CMD or CMD-SHELL.');
  }
  for (const [field, [value = 0, min = 0, max = 0]] of Object.entries(bounds)) {
    if (value < min || value > max) throw clientError(`Health check ${field} must be between ${min} and ${max}.`);
  }
}

function validateFargate(input: sdk.RegisterTaskDefinitionRequest): void {
  const { cpu, memory, networkMode, ephemeralStorage, containerDefinitions = [], executionRoleArn } = input;
  if (!cpu) throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  if (!memory) throw clientError("Fargate requires that 'memory' be defined at the task level.");
  if (networkMode !== 'awsvpc') throw clientError("Fargate only supports network mode 'awsvpc'.");
  if (!isFargateSize(cpu, Number(memory))) {
    throw clientError(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. ` +
        'See the Amazon ECS documentation for the valid values.',
    );
  }
  const isLogged = containerDefinitions.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs');
  if (isLogged && !executionRoleArn) {
    throw clientError('Fargate requires task definition to have execution role ARN to support log driver awslogs.');
  }
  if (containerDefinitions.some(({ image = '' }) => ECR_IMAGE.test(image)) && !executionRoleArn) {
    throw clientError('Fargate requires task definition to have execution role ARN to support ECR images.');
  }
  const { sizeInGiB } = ephemeralStorage ?? {};
  if (sizeInGiB !== undefined && (sizeInGiB < 21 || sizeInGiB > 200)) {
    throw clientError('Ephemeral storage must be between 21 and 200 GiB.');
  }
  if (containerDefinitions.some(({ privileged }) => privileged)) {
    throw new EcsError('ClientException', "Fargate does not support 'privileged' containers.");
  }
}

function isFargateSize(cpu: string, memory: number): boolean {
  const sizes = FARGATE[cpu];
  if (!sizes) return false;
  const [min = 0, max = 0, step = 1, kind] = sizes;
  if (kind !== 'step') return (sizes as readonly number[]).includes(memory);
  return memory >= min && memory <= max && (memory - min) % step === 0;
}
