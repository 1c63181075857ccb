import * as z from 'zod';
import { REGISTRY_HOST } from '../../compute/image-registries.ts';
import { agreesOnFargate, agreesOnRegion, choosesOneLaunch, isClusterArn } from './config-rules.ts';

const MOST_TAGS = 4;

function text(name: string, pattern: RegExp, must: string) {
  return z.string(`${name} must be a text`).regex(pattern, `${name} must be ${must}`);
}

function integer(name: string, min: number, max: number) {
  const error = `${name} must be a whole number from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

function list<T extends z.ZodType>(name: string, item: T, min: number, max: number) {
  const error = `${name} must be a list of ${min} to ${max}`;
  return z.array(item, error).min(min, error).max(max, error);
}

const RoleArn = (name: string) =>
  text(name, /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[A-Za-z0-9+=,.@_/-]{1,576}$/, 'the ARN of an IAM role');
const Entry = z.string('must be a text').min(1, 'must not be empty').max(2048);
const Entries = z.array(Entry, 'must be a list of texts').max(100, 'must have at most 100 entries');
const Subnet = text('a subnet', /^subnet-[0-9a-f]{8,17}$/, 'the id of a subnet, such as subnet-0abc1234');
const SecurityGroup = text(
  'a security group',
  /^sg-[0-9a-f]{8,17}$/,
  'the id of a security group, such as sg-0abc1234',
);
const ContainerName = z.string('container_name must be a text').max(63).optional();
const ContainerPort = integer('container_port', 1, 65_535).optional();

/** What tenants may choose beyond what the operator chose for all. `{tenant_id}` in an entry is the tenant's own id, `*` any text. */
const Allow = z.strictObject({
  task_role_arns: Entries.default([]),
  task_definition_arns: Entries.default([]),
  target_group_arns: Entries.default([]),
  service_registry_arns: Entries.default([]),
  subnets: Entries.default([]),
  security_groups: Entries.default([]),
  secrets: Entries.default(['berth/{tenant_id}/*', '/berth/{tenant_id}/*']),
  public_ip: z.boolean('public_ip must be true or false').default(true),
  desired_count: integer('desired_count', 1, 5000).default(10),
});

/** Settings of the ECS provider: the operator's defaults, and over them what a tenant asks for where it may. */
export const EcsConfig = z
  .strictObject({
    cluster_arn: z
      .string('cluster_arn is required: the ARN of the cluster that tenants run in')
      .refine(isClusterArn, 'cluster_arn must be the ARN of an ECS cluster')
      .describe('The cluster. Operator only'),
    region: text('region', /^[a-z0-9-]{1,32}$/, 'the name of a region')
      .optional()
      .describe('The region of the cluster, which its ARN says too. Operator only'),
    subnets: list('subnets', Subnet, 1, 16).describe('Where tasks get their network interface. Tenants: from `allow`'),
    security_groups: list('security_groups', SecurityGroup, 0, 5)
      .default([])
      .describe('Of that interface. None: the default one of the VPC. Tenants: from `allow`'),
    assign_public_ip: z
      .boolean('assign_public_ip must be true or false')
      .default(false)
      .describe('Whether tasks get a public address where `networking.public_ip` does not say'),
    execution_role_arn: RoleArn('execution_role_arn')
      .optional()
      .describe('With it ECS pulls images, writes logs and reads secrets. Operator only'),
    task_role_arn: RoleArn('task_role_arn')
      .optional()
      .describe('The role that containers act with. Tenants: from `allow`'),
    launch_type: z
      .enum(['FARGATE', 'EC2'], 'launch_type must be FARGATE or EC2')
      .optional()
      .describe('What tasks run on. FARGATE where there are no capacity_providers. Operator only'),
    capacity_providers: list(
      'capacity_providers',
      z.strictObject({
        name: text('name', /^[A-Za-z0-9_-]{1,255}$/, 'the name of a capacity provider'),
        weight: integer('weight', 0, 1000).default(1),
        base: integer('base', 0, 100_000).default(0),
      }),
      1,
      20,
    )
      .optional()
      .describe('Instead of a launch type, such as `[{"name":"FARGATE_SPOT"}]`. Operator only'),
    platform_version: text('platform_version', /^[A-Za-z0-9.]{1,32}$/, 'a platform version of Fargate')
      .optional()
      .describe('Of Fargate. LATEST where nothing is said. Operator only'),
    cpu_architecture: z
      .enum(['X86_64', 'ARM64'], 'cpu_architecture must be X86_64 or ARM64')
      .default('X86_64')
      .describe('What the images are built for'),
    desired_count: integer('desired_count', 1, 5000)
      .default(1)
      .describe('How many tasks run. Tenants: up to `allow.desired_count`'),
    health_check_start_seconds: integer('health_check_start_seconds', 0, 300)
      .default(0)
      .describe('For how long after its start failing health checks of a container do not count'),
    log_group: text('log_group', /^[A-Za-z0-9_./#-]{1,512}$/, 'the name of a log group')
      .optional()
      .describe('Where containers write to, each tenant to streams of its own. Operator only'),
    service_name_prefix: text('service_name_prefix', /^[A-Za-z0-9_-]{1,192}$/, '1 to 192 letters, digits, _ or -')
      .optional()
      .describe('What names of services and families begin with. Default: `berth-<provider>_`. Operator only'),
    assume_role: z
      .strictObject({
        role_arn: RoleArn('role_arn'),
        external_id: text(
          'external_id',
          /^[A-Za-z0-9_+=,.@:/-]{2,1224}$/,
          '2 to 1224 letters, digits or _ + = , . @ : / -',
        ).optional(),
        session_name: text('session_name', /^[A-Za-z0-9_+=,.@-]{2,64}$/, 'a name of a session').optional(),
      })
      .optional()
      .describe('The role to call ECS with, for clusters of other accounts. Operator only'),
    task_definition_arn: text(
      'task_definition_arn',
      /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition\/[A-Za-z0-9_-]{1,255}:[0-9]{1,10}$/,
      'the ARN of a task definition with its revision',
    )
      .optional()
      .describe('A task definition to run instead of one made from the containers. Tenants: from `allow`'),
    allowed_registries: list(
      'allowed_registries',
      text('a registry', REGISTRY_HOST, 'the host of a registry, such as docker.io'),
      1,
      100,
    )
      .optional()
      .describe(
        'Hosts of the registries that images may come from (`docker.io` for those without a host). Default: any. Operator only',
      ),
    tags: z
      .record(
        text(
          'tag keys',
          /^(?![Aa][Ww][Ss]:|[Bb][Ee][Rr][Tt][Hh]\.)[\p{L}\p{N} _.:/=+@-]{1,128}$/u,
          '1 to 128 letters, digits or _ . : / = + - @',
        ),
        text('tag values', /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u, 'at most 256 letters, digits or _ . : / = + - @'),
        'tags must be a map of texts',
      )
      .refine((tags) => Object.keys(tags).length <= MOST_TAGS, `tags must have at most ${MOST_TAGS} entries`)
      .meta({ maxProperties: MOST_TAGS })
      .default({})
      .describe('Tags on everything, beside the labels. Operator only'),
    load_balancer: z
      .strictObject({
        target_group_arn: text(
          'target_group_arn',
          /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup\/[A-Za-z0-9/-]{1,255}$/,
          'the ARN of a target group',
        ),
        container_name: ContainerName,
        container_port: ContainerPort,
        health_check_grace_seconds: integer('health_check_grace_seconds', 0, 2_147_483).default(60),
        url: z.url('url must be a URL').max(2048).optional(),
      })
      .optional()
      .describe('A target group to register tasks with; `url` is told as the endpoint. Tenants: from `allow`'),
    service_registry: z
      .strictObject({
        registry_arn: text(
          'registry_arn',
          /^arn:aws[a-z-]*:servicediscovery:[a-z0-9-]+:[0-9]{12}:service\/srv-[a-z0-9]{1,64}$/,
          'the ARN of a Cloud Map service',
        ),
        container_name: ContainerName,
        container_port: ContainerPort,
        dns_name: text('dns_name', /^[A-Za-z0-9_.-]{1,253}$/, 'a DNS name').optional(),
      })
      .optional()
      .describe(
        'A Cloud Map service to register tasks with; `dns_name` is told as the endpoint. Tenants: from `allow`',
      ),
    service_connect: z
      .strictObject({ namespace: text('namespace', /^[A-Za-z0-9_.-]{1,253}$/, 'the name of a Cloud Map namespace') })
      .optional()
      .describe('Gives every TCP port a name in this namespace, told as the endpoint. Operator only'),
    rollout_timeout_seconds: integer('rollout_timeout_seconds', 60, 86_400)
      .default(900)
      .describe('After this long an unfinished rollout counts as failed, though ECS goes on trying. Operator only'),
    destroy_wait_seconds: integer('destroy_wait_seconds', 0, 60)
      .default(5)
      .describe('For how long destroy waits for the tasks to end before it leaves that to ECS. Operator only'),
    revisions_kept: integer('revisions_kept', 1, 20)
      .default(3)
      .describe('How many task definitions of a tenant are kept to go back to. Operator only'),
    allow: Allow.default(Allow.parse({})).describe(
      'What tenants may choose: lists of `task_role_arns`, `task_definition_arns`, `target_group_arns`, ' +
        '`service_registry_arns`, `subnets`, `security_groups` and `secrets`; `public_ip`, `desired_count`. Operator only',
    ),
  })
  .refine(agreesOnRegion, {
    path: ['region'],
    error: 'region must be the one that cluster_arn names',
  })
  .refine(choosesOneLaunch, {
    path: ['capacity_providers'],
    error: 'capacity_providers and launch_type exclude each other',
  })
  .refine(agreesOnFargate, {
    path: ['capacity_providers'],
    error: 'capacity_providers must be all of Fargate or none of it',
  });
export type EcsConfig = z.infer<typeof EcsConfig>;
