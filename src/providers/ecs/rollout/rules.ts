import { InvalidSpecError, type Issue, toPointer } from '../../../compute/errors.ts';
import { registryIssues } from '../../../compute/image-registries.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../../compute/spec/unused-fields.ts';
import { hostMistake, hostOf, isOthersHost } from '../address/hosts.ts';
import { portsOf, targetPort } from '../address/target-port.ts';
import type { EcsConfig, TenantSettings } from '../config.ts';
import { describeStrategy, isShifting } from '../deployment/strategy.ts';
import { fargateSize, isFargate, MAX_FARGATE, roundingNote, taskSize } from '../fargate.ts';
import { healthCheckIssues, healthCheckWarnings } from '../health-check.ts';
import { FREE_STORAGE, MAX_STORAGE, toDefinition } from '../mapping.ts';
import { defaultPrefix, parseClusterArn, resourceName } from '../names.ts';
import { startOrderIssues } from '../order/start-order.ts';
import { hasJsonKey, secretIssues } from '../secrets.ts';
import { RESERVED_TAGS } from '../tags.ts';
import { tenantPermissionIssues } from '../tenant-permissions.ts';
import { efsIssues, writesVolumes } from '../volumes/volume-rules.ts';
import { initialCount } from './service-mapping.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const MAX_DEFINITION_BYTES = 64 * 1024;
const MAX_SECURITY_GROUPS = 5;
/** Without the digest: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html */
const MAX_IMAGE = 255;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html: 196608 CPU units */
const MAX_INSTANCE_CPU = 192_000;
const MAX_OLD_CPU = 4096;
const OLD_PLATFORM = /^1\.[0-3]\./;
const ECR_IMAGE = /^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//;
const NEED_ROLE = 'needs the execution role: the operator has to set execution_role_arn';
/** Ids of the length that every installation and every life has. */
const LONGEST_ORIGIN = { installation: 'x'.repeat(14), incarnation: 'x'.repeat(12) };

/**
 * Checks a valid specification against the provider's own rules, without a call to AWS. Returns warnings.
 * Throws `InvalidSpecError` with every issue.
 */
export function checkEcsSpec(spec: TenantComputeSpec, settings: TenantSettings): { warnings: string[] } {
  const { config } = settings;
  const issues = [
    ...tenantPermissionIssues(spec, settings),
    ...labelIssues(spec),
    ...networkIssues(spec, config),
    ...targetIssues(spec, config),
    ...portNameIssues(config),
    ...hostIssues(spec, config),
    ...foreignArnIssues(config),
    ...efsIssues(spec, config),
    ...strategyIssues(spec, config),
    ...(config.task_definition_arn ? [] : definitionIssues(spec, settings)),
  ];
  if (issues.length > 0) throw new InvalidSpecError(issues);
  return { warnings: warningsOf(spec, config) };
}

function labelIssues({ labels = {} }: TenantComputeSpec): Issue[] {
  return RESERVED_TAGS.filter((key) => key in labels).map((key) => ({
    pointer: toPointer(['labels', key]),
    message: `the label ${key} is reserved for Berth`,
  }));
}

function networkIssues({ networking = {} }: TenantComputeSpec, config: EcsConfig): Issue[] {
  const issues: Issue[] = [];
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
  if ((networking.public_ip ?? config.assign_public_ip) && !isFargate(config)) {
    const pointer = networking.public_ip ? '/networking/public_ip' : '/provider_config/assign_public_ip';
    issues.push({ pointer, message: 'tasks on EC2 instances cannot have public addresses: only Fargate assigns them' });
  }
  if ((networking.security_groups?.length ?? 0) > MAX_SECURITY_GROUPS) {
    const message = `security_groups must have at most ${MAX_SECURITY_GROUPS} entries on ECS`;
    issues.push({ pointer: '/networking/security_groups', message });
  }
  if (networking.subnets?.length === 0) {
    issues.push({ pointer: '/networking/subnets', message: 'subnets must name at least one subnet' });
  }
  return issues;
}

/** Returns the issues of fields that go into a task definition, unless the tenant brings its own. */
function definitionIssues(spec: TenantComputeSpec, { provider, operator, config }: TenantSettings): Issue[] {
  return [
    ...sizeIssues(spec, config),
    ...platformIssues(spec, config),
    ...startOrderIssues(spec.containers, isFargate(config) ? config.platform_version : undefined),
    ...imageIssues(spec, config),
    ...registryIssues(spec.containers, operator.allowed_registries),
    ...spec.containers.flatMap(healthCheckIssues),
    ...portIssues(spec),
    ...secretIssues(spec, config),
    ...roleIssues(spec, config),
    ...bytesIssues(spec, config, provider),
  ];
}

function sizeIssues({ resources }: TenantComputeSpec, config: EcsConfig): Issue[] {
  if (!isFargate(config)) {
    const message = `cpu must be at most ${MAX_INSTANCE_CPU} millicores on EC2 instances`;
    return resources.cpu > MAX_INSTANCE_CPU ? [{ pointer: '/resources/cpu', message }] : [];
  }
  const issues: Issue[] = [];
  if (!fargateSize(resources)) {
    const limit = `${MAX_FARGATE.cpu} millicores and ${MAX_FARGATE.memory} MB`;
    issues.push({ pointer: '/resources', message: `resources must be at most ${limit} on Fargate` });
  }
  if ((resources.storage ?? 0) > MAX_STORAGE * 1024) {
    const message = `storage must be at most ${MAX_STORAGE * 1024} MB on Fargate`;
    issues.push({ pointer: '/resources/storage', message });
  }
  return issues;
}

/**
 * Returns what an old platform version of Fargate lacks. Sources: API_EphemeralStorage.html, API_RuntimePlatform.html and
 * API_RegisterTaskDefinition.html of the API reference, and `secrets-envvar-secrets-manager.html` of the guide.
 */
function platformIssues({ resources, secrets = [] }: TenantComputeSpec, config: EcsConfig): Issue[] {
  const { platform_version: version } = config;
  if (!isFargate(config) || !version || !OLD_PLATFORM.test(version)) return [];
  const message = (what: string) => `${what} needs platform version 1.4.0 or later: the operator has set ${version}`;
  const issues: Issue[] = secrets.flatMap(({ source, key }, index) =>
    source === 'aws-secrets-manager' && hasJsonKey(key)
      ? [{ pointer: toPointer(['secrets', index, 'key']), message: message('a JSON key, a stage or a version') }]
      : [],
  );
  if ((resources.storage ?? 0) > FREE_STORAGE * 1024) {
    issues.push({ pointer: '/resources/storage', message: message('this storage') });
  }
  if (taskSize(resources, config).cpu > MAX_OLD_CPU) {
    issues.push({ pointer: '/resources/cpu', message: message('a task of more than 4 vCPU') });
  }
  if (config.cpu_architecture === 'ARM64') {
    issues.push({ pointer: '/provider_config/cpu_architecture', message: message('ARM64') });
  }
  return issues;
}

function imageIssues({ containers }: TenantComputeSpec, config: EcsConfig): Issue[] {
  return containers.flatMap(({ image }, index) => {
    const pointer = toPointer(['containers', index, 'image']);
    const [reference = ''] = image.split('@');
    const isTooLong = reference.length > MAX_IMAGE;
    const lacksRole = isFargate(config) && !config.execution_role_arn && ECR_IMAGE.test(image);
    return [
      ...(isTooLong ? [{ pointer, message: `image must have at most ${MAX_IMAGE} characters before @ on ECS` }] : []),
      ...(lacksRole ? [{ pointer, message: `a private image of ECR ${NEED_ROLE}` }] : []),
    ];
  });
}

/** All containers of a task share one network address, and ECS allows one protocol per port. */
function portIssues({ containers }: TenantComputeSpec): Issue[] {
  const owners = new Map<number, string>();
  return containers.flatMap(({ name, ports = [] }, index) =>
    ports.flatMap(({ container_port, host_port }, position) => {
      const pointerTo = (field: string) => toPointer(['containers', index, 'ports', position, field]);
      const issues: Issue[] = [];
      const owner = owners.get(container_port);
      owners.set(container_port, owner ?? name);
      if (owner !== undefined) {
        const users = owner === name ? 'twice' : `by ${owner} and ${name}`;
        const rule = 'all containers share one address, with one protocol per port';
        const message = `port ${container_port} is used ${users}: ${rule}`;
        issues.push({ pointer: pointerTo('container_port'), message });
      }
      if (host_port && host_port !== container_port) {
        const message = 'host_port must equal container_port on ECS, or be left out';
        issues.push({ pointer: pointerTo('host_port'), message });
      }
      return issues;
    }),
  );
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
function roleIssues({ secrets = [] }: TenantComputeSpec, { execution_role_arn, log_group }: EcsConfig): Issue[] {
  if (execution_role_arn !== undefined) return [];
  const message = (what: string) => `${what} ${NEED_ROLE.replace('needs', 'need')}`;
  return [
    ...(secrets.length > 0 ? [{ pointer: '/secrets', message: message('secrets') }] : []),
    ...(log_group ? [{ pointer: '/provider_config/log_group', message: message('logs') }] : []),
  ];
}

/** A given task definition is not read here, so only what the settings say in full can be right for it. */
function targetIssues(spec: TenantComputeSpec, config: EcsConfig): Issue[] {
  const { load_balancer, gateway, service_registry, task_definition_arn } = config;
  const targets = [
    ['load_balancer', 'the load balancer', load_balancer] as const,
    // A given task definition has a name for the port, which its own rule asks for.
    ['gateway', 'the gateway', task_definition_arn ? undefined : gateway] as const,
    // Without a port, Cloud Map has only the address of the tasks.
    ['service_registry', 'Cloud Map', service_registry?.container_port ? service_registry : undefined] as const,
  ];
  return targets.flatMap(([setting, what, target]) => {
    if (!target) return [];
    const { container_name, container_port } = target;
    const pointer = toPointer(['provider_config', setting]);
    if (task_definition_arn) {
      const message = `${what} needs container_name and container_port where a given task definition runs`;
      return container_name && container_port ? [] : [{ pointer, message }];
    }
    if (targetPort(spec, target)) return [];
    const wanted = [container_name && `container ${container_name}`, container_port && `port ${container_port}`]
      .filter(Boolean)
      .join(' with ');
    return [{ pointer, message: `${what} needs a tcp port of the specification${wanted ? `: ${wanted}` : ''}` }];
  });
}

/** A tenant must not have the host that the operator's setting gives to another one. */
function hostIssues({ tenant_id, networking }: TenantComputeSpec, { load_balancer }: EcsConfig): Issue[] {
  const { listener_arn, host: pattern } = load_balancer ?? {};
  if (listener_arn === undefined || pattern === undefined) return [];
  const { hostname } = networking ?? {};
  const mistake = hostMistake(hostOf(pattern, tenant_id));
  const issues: Issue[] = mistake ? [{ pointer: '/provider_config/load_balancer/host', message: mistake }] : [];
  const pointer = '/networking/hostname';
  if (hostname && isOthersHost(hostname, pattern, tenant_id)) {
    issues.push({ pointer, message: `hostname must not be ${hostname}: that is the address of another tenant` });
  }
  const tooLong = hostname && hostMistake(hostname);
  return tooLong ? [...issues, { pointer, message: tooLong }] : issues;
}

function portNameIssues({ gateway, task_definition_arn }: EcsConfig): Issue[] {
  if (!gateway || !task_definition_arn || gateway.port_name) return [];
  const message = 'the gateway needs port_name, the name of a port of the given task definition';
  return [{ pointer: '/provider_config/gateway', message }];
}

/** Two versions run side by side, which tenants that write to volumes must not. */
function strategyIssues(spec: TenantComputeSpec, config: EcsConfig): Issue[] {
  if (!isShifting(config) || !writesVolumes(spec)) return [];
  const message =
    `volumes cannot be written to with strategy ${config.deployment?.strategy}, which runs two versions side by side: ` +
    'mount them with read_only, or choose a provider with strategy rolling';
  return [{ pointer: '/volumes', message }];
}

/** ECS uses roles of its account only, and task definitions, target groups and registries of its region only. */
function foreignArnIssues(config: EcsConfig): Issue[] {
  const { account, region } = parseClusterArn(config.cluster_arn) ?? {};
  const named = {
    execution_role_arn: config.execution_role_arn,
    task_role_arn: config.task_role_arn,
    task_definition_arn: config.task_definition_arn,
    'load_balancer/target_group_arn': config.load_balancer?.target_group_arn,
    'load_balancer/listener_arn': config.load_balancer?.listener_arn,
    'load_balancer/load_balancer_arn': config.load_balancer?.load_balancer_arn,
    'gateway/arn': config.gateway?.arn,
    'deployment/role_arn': config.deployment?.role_arn,
    'service_registry/registry_arn': config.service_registry?.registry_arn,
  };
  return Object.entries(named).flatMap(([path, arn]) => {
    const [, , service, itsRegion, itsAccount] = arn?.split(':') ?? [];
    if (!arn || (itsAccount === account && (service === 'iam' || itsRegion === region))) return [];
    const place = service === 'iam' ? `account ${account}` : `account ${account} in ${region}`;
    const message = `${path.split('/').at(-1)} must be of ${place}, like the cluster`;
    return [{ pointer: `/provider_config/${path}`, message }];
  });
}

function bytesIssues(spec: TenantComputeSpec, config: EcsConfig, provider: string): Issue[] {
  const family = resourceName(config.service_name_prefix ?? defaultPrefix(provider), spec.tenant_id);
  const { input } = toDefinition(spec, config, provider, family, LONGEST_ORIGIN);
  if (Buffer.byteLength(JSON.stringify(input)) <= MAX_DEFINITION_BYTES) return [];
  const message = 'the task definition would exceed the 64 KB that ECS accepts: use fewer or shorter env values';
  return [{ pointer: '/containers', message }];
}

function warningsOf(spec: TenantComputeSpec, config: EcsConfig): string[] {
  const { networking, resources, containers } = spec;
  const isHonoured = config.load_balancer?.listener_arn !== undefined;
  const hostname =
    networking?.hostname && !isHonoured
      ? ['networking.hostname has no effect on ECS without load_balancer.listener_arn']
      : [];
  const strategy = describeStrategy(config);
  const forService = [
    ...hostname,
    ...(strategy ? [strategy] : []),
    ...countWarnings(config),
    ...platformWarnings(config),
  ];
  if (config.task_definition_arn) {
    const given = 'containers, resources and secrets have no effect: a given task definition runs';
    const unnamed = 'Service Connect gives no names to ports of a given task definition';
    return [...forService, given, ...(config.service_connect ? [unnamed] : [])];
  }
  const rounding = roundingNote(resources, config);
  const hasUdp = portsOf(spec).some(({ protocol }) => protocol === 'udp');
  return [
    ...forService,
    ...(rounding ? [rounding] : []),
    ...(!isFargate(config) && resources.storage ? ['resources.storage has no effect outside Fargate'] : []),
    ...(containers.some((container) => container.resources?.storage)
      ? ['resources.storage of a container has no effect on ECS: the containers of a task share its storage']
      : []),
    ...unusedFieldWarnings(spec),
    ...containers.flatMap(healthCheckWarnings),
    ...(config.service_connect && hasUdp ? ['udp ports have no endpoint: Service Connect supports tcp only'] : []),
  ];
}

function countWarnings({ desired_count: count, autoscaling }: EcsConfig): string[] {
  if (!autoscaling || initialCount(count, autoscaling) === count) return [];
  const { min, max } = autoscaling;
  return [
    `desired_count ${count} is outside of autoscaling, from ${min} to ${max}: ${initialCount(count, autoscaling)} counts`,
  ];
}

function platformWarnings(config: EcsConfig): string[] {
  return config.platform_version && !isFargate(config) ? ['platform_version has no effect outside Fargate'] : [];
}
