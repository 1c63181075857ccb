import * as z from 'zod';
import { REGISTRY_HOST } from '../../compute/image-registries.ts';
import { readDefaults, resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { Gateway, LoadBalancer } from './address/address-config.ts';
import { integer, roleArn as RoleArn, target, text } from './address/config-fields.ts';
import { DeploymentSettings, strategyMistake } from './deployment/deployment-config.ts';
import { isFargateProvider } from './fargate.ts';
import { parseClusterArn } from './names.ts';
import { SETTING_DEFAULTS } from './settings.ts';
import { Efs } from './volumes/volume-config.ts';

const MAX_TAGS = 4;

function list<T extends z.ZodType>(name: string, item: T, min: number, max: number) {
  const error = `${name} must be a list of ${min} to ${max}`;
  return z.array(item, error).min(min, error).max(max, error);
}

const Entry = z.string('must be a string').min(1, 'must not be empty').max(2048);
const Entries = z.array(Entry, 'must be a list of strings').max(100, 'must have at most 100 entries').default([]);
const Subnet = text('a subnet', /^subnet-[0-9a-f]{8,17}$/, 'the id of a subnet, such as subnet-0abc1234');
const SecurityGroup = text(
  'a security group',
  /^sg-[0-9a-f]{8,17}$/,
  'the id of a security group, such as sg-0abc1234',
);
const CapacityProvider = z.strictObject({
  name: text('name', /^[A-Za-z0-9_-]{1,255}$/, 'the name of a capacity provider'),
  weight: integer('weight', 0, 1000).default(1),
  base: integer('base', 0, 100_000).default(0),
});
const Registry = text('a registry', REGISTRY_HOST, 'the host of a registry, such as docker.io');
/** Published instead of `\p{…}`, which many validators of JSON Schema lack: refuses the ASCII characters only. */
const PUBLISHED_TAG_CHARACTER = '[^\\u0000-\\u001f!-*,;<>?\\[-^`{-\\u007f]';
const TagKey = text(
  'tag keys',
  /^(?![Aa][Ww][Ss]:|[Bb][Ee][Rr][Tt][Hh]\.)[\p{L}\p{N} _.:/=+@-]{1,128}$/u,
  '1 to 128 letters, digits or _ . : / = + - @',
).meta({ pattern: `^${PUBLISHED_TAG_CHARACTER}{1,128}$` });
const TagValue = text(
  'tag values',
  /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u,
  'at most 256 letters, digits or _ . : / = + - @',
).meta({ pattern: `^${PUBLISHED_TAG_CHARACTER}{0,256}$` });
/** Values that tenants may choose besides the operator's. In an entry, `{tenant_id}` is the tenant's id and `*` any text. */
const Allow = z.strictObject({
  task_role_arns: Entries,
  task_definition_arns: Entries,
  target_group_arns: Entries,
  service_registry_arns: Entries,
  subnets: Entries,
  security_groups: Entries,
  secrets: Entries.default(['berth/{tenant_id}/*', '/berth/{tenant_id}/*']),
  public_ip: z.boolean('public_ip must be true or false').default(true),
  autoscaling: z.boolean('autoscaling must be true or false').default(false),
  desired_count: integer('desired_count', 1, 5000).default(10),
});

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html */
const Autoscaling = z
  .strictObject({
    min: integer('min', 1, 5000).default(1),
    max: integer('max', 1, 5000),
    cpu_percent: integer('cpu_percent', 1, 100).optional(),
    memory_percent: integer('memory_percent', 1, 100).optional(),
    requests_per_task: integer('requests_per_task', 1, 1_000_000).optional(),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'max must be at least min' })
  .refine(({ cpu_percent, memory_percent, requests_per_task }) => cpu_percent ?? memory_percent ?? requests_per_task, {
    error: 'autoscaling needs a target: cpu_percent, memory_percent or requests_per_task',
  });

/** The settings of the ECS provider: the operator's defaults, overlaid with the `provider_config` of a specification. */
export const EcsConfig = z
  .strictObject({
    cluster_arn: z
      .string('cluster_arn is required: the ARN of the cluster that tenants run in')
      .refine((arn) => parseClusterArn(arn) !== undefined, 'cluster_arn must be the ARN of an ECS cluster')
      .describe('ARN of the cluster. Operator only'),
    region: text('region', /^[a-z0-9-]{1,32}$/, 'the name of a region')
      .optional()
      .describe('Region of the cluster; must match cluster_arn. Operator only'),
    subnets: list('subnets', Subnet, 1, 16).describe('Subnets of the tasks. Tenants: from `allow`'),
    security_groups: list('security_groups', SecurityGroup, 0, 5)
      .default([])
      .describe('Security groups of the tasks. Default: that of the VPC. Tenants: from `allow`'),
    assign_public_ip: z
      .boolean('assign_public_ip must be true or false')
      .default(false)
      .describe('Public addresses for tasks, if `networking.public_ip` is not set'),
    execution_role_arn: RoleArn('execution_role_arn')
      .optional()
      .describe('Role with which ECS pulls images, writes logs and reads secrets. Operator only'),
    task_role_arn: RoleArn('task_role_arn').optional().describe('Role of the containers. Tenants: from `allow`'),
    launch_type: z
      .enum(['FARGATE', 'EC2'], 'launch_type must be FARGATE or EC2')
      .optional()
      .describe('Launch type of the tasks. Default: FARGATE. Operator only'),
    capacity_providers: list('capacity_providers', CapacityProvider, 1, 20)
      .optional()
      .describe('Instead of launch_type: `[{"name":"FARGATE_SPOT"}]`. Operator only'),
    platform_version: text('platform_version', /^[A-Za-z0-9.]{1,32}$/, 'a platform version of Fargate')
      .optional()
      .describe('Platform version of Fargate. Default: LATEST. Operator only'),
    cpu_architecture: z
      .enum(['X86_64', 'ARM64'], 'cpu_architecture must be X86_64 or ARM64')
      .default('X86_64')
      .describe('CPU architecture of the images'),
    desired_count: integer('desired_count', 1, 5000)
      .default(1)
      .describe('Number of tasks; with scaling, only at first. Tenants: up to `allow.desired_count`'),
    autoscaling: Autoscaling.optional().describe('Scales the number of tasks. Tenants: if `allow.autoscaling`'),
    health_check_start_seconds: integer('health_check_start_seconds', 0, 300)
      .default(0)
      .describe('Time after its start in which failing checks of a container do not count'),
    log_group: text('log_group', /^[A-Za-z0-9_./#-]{1,512}$/, 'the name of a log group')
      .optional()
      .describe('Log group of all containers, with separate streams for each tenant. Operator only'),
    service_name_prefix: text('service_name_prefix', /^[A-Za-z0-9_-]{1,192}$/, '1 to 192 letters, digits, _ or -')
      .optional()
      .describe('Prefix of services and families. Default: `berth-<provider>_`. Operator only'),
    assume_role: z
      .strictObject({
        role_arn: RoleArn('role_arn'),
        external_id: text(
          'external_id',
          /^[A-Za-z0-9_+=,.@:/-]{2,1224}$/,
          '2 to 1224 letters, digits or _ + = , . @ : / -',
        ).optional(),
        session_name: text('session_name', /^[A-Za-z0-9_+=,.@-]{2,64}$/, 'the name of a session').optional(),
      })
      .optional()
      .describe('Role to call ECS with, for clusters of other accounts. Operator only'),
    task_definition_arn: text(
      'task_definition_arn',
      /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition\/[A-Za-z0-9_-]{1,255}:[0-9]{1,10}$/,
      'the ARN of a task definition with its revision',
    )
      .optional()
      .describe('Task definition to run instead of the containers. Tenants: from `allow`'),
    allowed_registries: list('allowed_registries', Registry, 1, 100)
      .optional()
      .describe('Registries that images may come from. Default: any. Operator only'),
    tags: z
      .record(TagKey, TagValue, 'tags must be a map of strings')
      .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `tags must have at most ${MAX_TAGS} entries`)
      .meta({ maxProperties: MAX_TAGS })
      .default({})
      .describe('Tags of all resources, besides the labels. Operator only'),
    load_balancer: LoadBalancer.optional().describe(
      'Target group of the tasks, or a listener with a host for each tenant. Tenants: from `allow`',
    ),
    gateway: Gateway.optional().describe(
      'ECS Gateway of the cluster; the URL of its route is the endpoint. Operator only',
    ),
    service_registry: z
      .strictObject({
        registry_arn: text(
          'registry_arn',
          /^arn:aws[a-z-]*:servicediscovery:[a-z0-9-]+:[0-9]{12}:service\/srv-[a-z0-9]{1,64}$/,
          'the ARN of a Cloud Map service',
        ),
        ...target,
        dns_name: text('dns_name', /^[A-Za-z0-9_.-]{1,253}$/, 'a DNS name').optional(),
      })
      .optional()
      .describe('Cloud Map service of the tasks; `dns_name` is the endpoint. Tenants: from `allow`'),
    service_connect: z
      .strictObject({ namespace: text('namespace', /^[A-Za-z0-9_.-]{1,253}$/, 'the name of a Cloud Map namespace') })
      .optional()
      .describe('Namespace in which each TCP port gets a name, its endpoint. Operator only'),
    deployment: DeploymentSettings.optional().describe(
      'How a new version takes over: strategy, steps, alarms, approval. Operator only',
    ),
    efs: Efs.optional().describe('EFS file system of the volumes, and the owner of their files. Operator only'),
    rollout_timeout_seconds: integer('rollout_timeout_seconds', 60, 86_400)
      .default(SETTING_DEFAULTS.rollout_timeout_seconds)
      .describe('Time after which an unfinished rollout counts as failed. Operator only'),
    destroy_wait_seconds: integer('destroy_wait_seconds', 0, 60)
      .default(SETTING_DEFAULTS.destroy_wait_seconds)
      .describe('Time that destroy waits for the tasks to stop. Operator only'),
    revisions_kept: integer('revisions_kept', 1, 20)
      .default(SETTING_DEFAULTS.revisions_kept)
      .describe('Task definitions that are kept per tenant for rollbacks. Operator only'),
    allow: Allow.prefault({}).describe('Values of other settings that tenants may choose. Operator only'),
  })
  .refine(({ region, cluster_arn }) => region === undefined || parseClusterArn(cluster_arn)?.region === region, {
    path: ['region'],
    error: 'region must be the one in cluster_arn',
  })
  .refine(({ launch_type, capacity_providers }) => !launch_type || !capacity_providers, {
    path: ['capacity_providers'],
    error: 'capacity_providers and launch_type exclude each other',
  })
  .refine(({ capacity_providers = [] }) => new Set(capacity_providers.map(isFargateProvider)).size <= 1, {
    path: ['capacity_providers'],
    error: 'capacity_providers must be all of Fargate or all of EC2',
  })
  .refine(
    ({ capacity_providers = [] }) =>
      new Set(capacity_providers.map(({ name }) => name)).size === capacity_providers.length,
    {
      path: ['capacity_providers'],
      error: 'capacity_providers must name each capacity provider once',
    },
  )
  .refine(({ capacity_providers }) => !capacity_providers || capacity_providers.some(({ weight }) => weight > 0), {
    path: ['capacity_providers'],
    error: 'capacity_providers need a weight greater than 0 for at least one of them',
  })
  .refine(({ capacity_providers = [] }) => capacity_providers.filter(({ base }) => base > 0).length <= 1, {
    path: ['capacity_providers'],
    error: 'capacity_providers can have a base for only one of them',
  })
  .refine(({ gateway, load_balancer }) => !gateway || !load_balancer, {
    path: ['gateway'],
    error: 'gateway and load_balancer exclude each other',
  })
  .superRefine((config, issues) => {
    const message = strategyMistake(config);
    if (message) issues.addIssue({ code: 'custom', message, path: ['deployment', 'strategy'] });
  })
  .refine(({ efs, task_role_arn }) => !efs || task_role_arn, {
    path: ['efs'],
    error: 'efs needs task_role_arn, the role with which tasks mount the file system',
  })
  .refine(({ autoscaling, load_balancer }) => !autoscaling?.requests_per_task || load_balancer?.load_balancer_arn, {
    path: ['autoscaling', 'requests_per_task'],
    error: 'requests_per_task needs load_balancer.load_balancer_arn, whose requests are counted',
  });
export type EcsConfig = z.infer<typeof EcsConfig>;

/** Settings with effects beyond one tenant. A specification must not contain them. */
export const OPERATOR_ONLY = [
  'cluster_arn',
  'region',
  'execution_role_arn',
  'launch_type',
  'capacity_providers',
  'platform_version',
  'log_group',
  'service_name_prefix',
  'assume_role',
  'allowed_registries',
  'tags',
  'gateway',
  'service_connect',
  'deployment',
  'efs',
  'rollout_timeout_seconds',
  'destroy_wait_seconds',
  'revisions_kept',
  'allow',
] as const satisfies (keyof EcsConfig)[];

/** Checks the operator's settings. Throws `InvalidProviderError` naming each mistake. */
export function checkDefaults(provider: string, defaults: Readonly<Record<string, unknown>>): EcsConfig {
  return readDefaults(provider, EcsConfig, defaults);
}

/** The checked settings that apply to one tenant. */
export interface TenantSettings {
  /** Name of the provider. */
  provider: string;
  /** The operator's settings alone: they decide what the tenant may choose. */
  operator: EcsConfig;
  /** The operator's settings, overlaid with the tenant's. */
  config: EcsConfig;
}

/**
 * Reads the settings for a specification. Throws `InvalidSpecError` with pointers into `/provider_config`, or
 * `InvalidProviderError` if the operator's own settings are wrong.
 */
export function readTenantSettings(
  spec: Pick<TenantComputeSpec, 'provider_config'>,
  provider: string,
  defaults: Readonly<Record<string, unknown>>,
): TenantSettings {
  // What only the operator may set is refused by `tenantPermissionIssues`, whatever its value.
  const chosen = Object.entries(spec.provider_config ?? {}).filter(([key]) => !isOperatorOnly(key));
  const provider_config = Object.fromEntries(chosen);
  return {
    provider,
    operator: withoutRetired(checkDefaults(provider, defaults)),
    config: withoutRetired(resolveProviderConfig({ provider_config }, EcsConfig, defaults)),
  };
}

function isOperatorOnly(key: string): boolean {
  return OPERATOR_ONLY.some((one) => one === key);
}

/** A retired listener is there for the rights to take hosts away; no tenant gets one on it. */
function withoutRetired({ load_balancer, ...config }: EcsConfig): EcsConfig {
  return load_balancer?.retired ? config : { ...config, load_balancer };
}
