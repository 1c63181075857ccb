import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { Origin } from '../../compute/labels.ts';
import type { ProviderCall } from '../../compute/provider.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { specHash } from '../../compute/spec/spec-diff.ts';
import type { EcsConfig } from './config.ts';
import { isFargate, taskSize } from './fargate.ts';
import { digestFields, packDigests } from './field-digests.ts';
import { toEcsHealthCheck } from './health-check.ts';
import { parseClusterArn, portName } from './names.ts';
import { toDependencies } from './order/start-order.ts';
import { toEcsSecrets } from './secrets.ts';
import {
  ADDRESS_LABEL,
  CLUSTER_TAG,
  CONTENT_HASH_TAG,
  FIELDS_LABEL,
  SPEC_HASH_TAG,
  tenantTags,
  toTags,
  withOrigin,
} from './tags.ts';
import { toMountPoints, toVolumes } from './volumes/volume-definition.ts';

/** Ephemeral storage in GiB: what every task on Fargate has, and what it can have. */
export const FREE_STORAGE = 20;
export const MAX_STORAGE = 200;

/** What a call tells about a tenant's resources beside the specification. */
export type Marks = Origin & Pick<ProviderCall, 'spec_hash'>;

/** The input to register a task definition, and the hash of its content. */
export interface Definition {
  input: RegisterTaskDefinitionCommandInput;
  contentHash: string;
}

/**
 * Maps a specification to a task definition: one task with all containers. The tags contain the hash of the whole
 * specification, including fields that are settings of the service (subnets, number of tasks). So the task definition of
 * a deployment always identifies the specification.
 */
export function toDefinition(
  spec: TenantComputeSpec,
  config: EcsConfig,
  provider: string,
  family: string,
  marks: Marks = {},
): Definition {
  const { cpu, memory } = taskSize(spec.resources, config);
  const onFargate = isFargate(config);
  const volumes = toVolumes(spec, config);
  const storage = Math.ceil((spec.resources.storage ?? 0) / 1024);
  const input: RegisterTaskDefinitionCommandInput = {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: [onFargate ? 'FARGATE' : 'EC2'],
    cpu: String(cpu),
    memory: String(memory),
    runtimePlatform: { cpuArchitecture: config.cpu_architecture, operatingSystemFamily: 'LINUX' },
    ...(config.execution_role_arn && { executionRoleArn: config.execution_role_arn }),
    ...(config.task_role_arn && { taskRoleArn: config.task_role_arn }),
    ...(onFargate && storage > FREE_STORAGE && { ephemeralStorage: { sizeInGiB: storage } }),
    ...(volumes.length > 0 && { volumes }),
    containerDefinitions: spec.containers.map((container, index) =>
      toContainer(container, spec, config, family, index === 0),
    ),
  };
  const plainHash = specHash(spec);
  const tags = {
    ...tenantTags(spec, config, provider),
    [SPEC_HASH_TAG]: marks.spec_hash ?? plainHash,
    [CLUSTER_TAG]: parseClusterArn(config.cluster_arn)?.name ?? '',
  };
  // Without the origin: a definition of a version before, which lacks those tags, stays equal and is not replaced.
  // A hash of the installation stands for the env values, which could be guessed from a digest that anyone can compute.
  const digested = tags[SPEC_HASH_TAG] === plainHash ? input : withoutEnv(input);
  const contentHash = hashJson({ input: digested, tags });
  const all = {
    ...tags,
    ...withOrigin(tenantTags(spec, config, provider), marks, 'definition'),
    [CONTENT_HASH_TAG]: contentHash,
  };
  return { input: { ...input, tags: toTags(all) }, contentHash };
}

/** Returns the input without env values and without digests of them. */
function withoutEnv({ containerDefinitions = [], ...input }: RegisterTaskDefinitionCommandInput) {
  const containers = containerDefinitions.map(({ environment: _, dockerLabels, ...container }) => {
    const { [FIELDS_LABEL]: __, ...labels } = dockerLabels ?? {};
    return { ...container, labels };
  });
  return { ...input, containers };
}

function toContainer(
  container: ContainerSpec,
  spec: TenantComputeSpec,
  config: EcsConfig,
  family: string,
  isFirst: boolean,
): ContainerDefinition {
  const { name, image, command, args, env, ports, resources } = container;
  const secrets = toEcsSecrets(spec, config);
  const healthCheck = toEcsHealthCheck(container, config.health_check_start_seconds);
  const mountPoints = config.efs ? toMountPoints(container) : [];
  const isNamed = config.service_connect !== undefined || config.gateway !== undefined;
  return {
    name,
    image,
    ...toDependencies(container, spec.containers),
    ...(command && { entryPoint: command }),
    ...(args && { command: args }),
    ...(env && { environment: toEnvironment(env) }),
    ...(secrets.length > 0 && { secrets }),
    ...(ports && {
      portMappings: ports.map(({ container_port, protocol }) => ({
        containerPort: container_port,
        protocol,
        ...(isNamed && protocol === 'tcp' && { name: portName(name, container_port) }),
      })),
    }),
    ...(mountPoints.length > 0 && { mountPoints }),
    ...(resources && { cpu: Math.floor((resources.cpu * 1024) / 1000), memory: resources.memory }),
    ...(healthCheck && { healthCheck }),
    ...(config.log_group && { logConfiguration: toLogConfiguration(config.log_group, config, family) }),
    ...(isFirst && { dockerLabels: toDockerLabels(spec, config) }),
  };
}

/** Stores what later calls need to know of the specification with its task definition. */
function toDockerLabels(spec: TenantComputeSpec, { load_balancer, service_registry }: EcsConfig) {
  const { networking } = spec;
  const named = load_balancer?.url ?? service_registry?.dns_name;
  const address = load_balancer?.listener_arn ? networking?.hostname : named;
  return { [FIELDS_LABEL]: packDigests(digestFields(spec)), ...(address && { [ADDRESS_LABEL]: address }) };
}

/** Sorts by name, so that the order of the map does not change the task definition. */
function toEnvironment(env: Readonly<Record<string, string>>) {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

function toLogConfiguration(group: string, { cluster_arn }: EcsConfig, family: string) {
  const options = {
    'awslogs-group': group,
    'awslogs-region': parseClusterArn(cluster_arn)?.region ?? '',
    'awslogs-stream-prefix': family,
  };
  return { logDriver: 'awslogs', options } as const;
}
