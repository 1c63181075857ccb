import { InvalidSpecError, type Issue, toPointer } from '../../../compute/errors.ts';
import { registryIssues } from '../../../compute/image-registries.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../../compute/spec/unused-fields.ts';
import type { EcsConfig, TenantSettings } from '../config.ts';
import { fargateSize, isFargate, MAX_FARGATE, roundingNote } from '../fargate.ts';
import { healthCheckIssues, healthCheckWarnings } from '../health-check.ts';
import { MAX_STORAGE, toDefinition } from '../mapping.ts';
import { secretIssues } from '../secrets.ts';
import { RESERVED_TAGS } from '../tags.ts';
import { tenantPermissionIssues } from '../tenant-permissions.ts';
import { portsOf, targetPort } from './service-mapping.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const MAX_DEFINITION_BYTES = 64 * 1024;
const MAX_SECURITY_GROUPS = 5;

/**
 * Checks a valid specification against the provider's own rules, without a call to AWS. Returns warnings.
 * Throws `InvalidSpecError` with every issue.
 */
export function checkEcsSpec(spec: TenantComputeSpec, settings: TenantSettings): { warnings: string[] } {
  const { config } = settings;
  const issues = [
    ...tenantPermissionIssues(spec, settings),
    ...labelIssues(spec),
    ...networkIssues(spec),
    ...targetIssues(spec, config),
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

function networkIssues({ networking = {} }: TenantComputeSpec): Issue[] {
  const issues: Issue[] = [];
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
    ...registryIssues(spec.containers, operator.allowed_registries),
    ...spec.containers.flatMap(healthCheckIssues),
    ...portIssues(spec),
    ...secretIssues(spec, config),
    ...roleIssues(spec, config),
    ...bytesIssues(spec, config, provider),
  ];
}

function sizeIssues({ resources }: TenantComputeSpec, config: EcsConfig): Issue[] {
  if (!isFargate(config)) return [];
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
  const need = 'need the execution role: the operator has to set execution_role_arn';
  return [
    ...(secrets.length > 0 ? [{ pointer: '/secrets', message: `secrets ${need}` }] : []),
    ...(log_group ? [{ pointer: '/provider_config/log_group', message: `logs ${need}` }] : []),
  ];
}

function targetIssues(spec: TenantComputeSpec, { load_balancer, task_definition_arn }: EcsConfig): Issue[] {
  if (!load_balancer || targetPort(spec, load_balancer) || task_definition_arn) return [];
  const { container_name, container_port } = load_balancer;
  const wanted = [container_name && `container ${container_name}`, container_port && `port ${container_port}`]
    .filter(Boolean)
    .join(' with ');
  const message = `the load balancer needs a tcp port of the specification${wanted ? `: ${wanted}` : ''}`;
  return [{ pointer: '/provider_config/load_balancer', message }];
}

function bytesIssues(spec: TenantComputeSpec, config: EcsConfig, provider: string): Issue[] {
  const { input } = toDefinition(spec, config, provider, config.service_name_prefix ?? provider);
  if (Buffer.byteLength(JSON.stringify(input)) <= MAX_DEFINITION_BYTES) return [];
  const message = 'the task definition would exceed the 64 KB that ECS accepts: use fewer or shorter env values';
  return [{ pointer: '/containers', message }];
}

function warningsOf(spec: TenantComputeSpec, config: EcsConfig): string[] {
  const { networking, resources, containers } = spec;
  const dns = networking?.dns ? ['networking.dns has no effect on ECS: use a load balancer or Cloud Map'] : [];
  if (config.task_definition_arn) {
    return [...dns, 'containers, resources and secrets have no effect: a given task definition runs'];
  }
  const rounding = roundingNote(resources, config);
  const hasUdp = portsOf(spec).some(({ protocol }) => protocol === 'udp');
  return [
    ...dns,
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
