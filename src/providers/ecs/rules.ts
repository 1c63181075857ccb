import { InvalidSpecError, type Issue, toPointer } from '../../compute/errors.ts';
import { registryIssues } from '../../compute/image-registries.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../compute/spec/unused-fields.ts';
import type { EcsConfig } from './config.ts';
import { isFargate } from './config-rules.ts';
import { fargateSize, MAX_FARGATE } from './fargate.ts';
import { healthCheckIssues, healthCheckWarnings } from './health-check.ts';
import { MAX_STORAGE, roundingOf, toDefinition } from './mapping.ts';
import { secretIssues } from './secrets.ts';
import { portsOf, targetPort } from './service-mapping.ts';
import type { Operator } from './settings.ts';
import { RESERVED_TAGS } from './tags.ts';
import { choiceIssues } from './tenant-permissions.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const MAX_DEFINITION_BYTES = 64 * 1024;
const MAX_SECURITY_GROUPS = 5;

/** The provider's own rules over a valid specification. Asks nobody. Throws `InvalidSpecError` with every issue. */
export function checkEcsSpec(spec: TenantComputeSpec, config: EcsConfig, operator: Operator): { warnings: string[] } {
  const issues = [
    ...choiceIssues(spec, config, operator.config),
    ...labelIssues(spec),
    ...networkIssues(spec),
    ...targetIssues(spec, config),
    ...(config.task_definition_arn ? [] : definitionIssues(spec, config, operator)),
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
    const message = `security_groups must be at most ${MAX_SECURITY_GROUPS} on ECS`;
    issues.push({ pointer: '/networking/security_groups', message });
  }
  if (networking.subnets?.length === 0) {
    issues.push({ pointer: '/networking/subnets', message: 'subnets must name at least one subnet' });
  }
  return issues;
}

/** What is only of concern where Berth makes the task definition. */
function definitionIssues(spec: TenantComputeSpec, config: EcsConfig, operator: Operator): Issue[] {
  return [
    ...sizeIssues(spec, config),
    ...registryIssues(spec.containers, operator.config.allowed_registries),
    ...spec.containers.flatMap(healthCheckIssues),
    ...portIssues(spec),
    ...secretIssues(spec, config),
    ...roleIssues(spec, config),
    ...bytesIssues(spec, config, operator.provider),
  ];
}

function sizeIssues({ resources }: TenantComputeSpec, config: EcsConfig): Issue[] {
  if (!isFargate(config)) return [];
  const issues: Issue[] = [];
  if (!fargateSize(resources)) {
    const most = `${MAX_FARGATE.cpu} millicores and ${MAX_FARGATE.memory} MB`;
    issues.push({ pointer: '/resources', message: `resources must be at most ${most} on Fargate` });
  }
  if ((resources.storage ?? 0) > MAX_STORAGE * 1024) {
    const message = `storage must be at most ${MAX_STORAGE * 1024} MB on Fargate`;
    issues.push({ pointer: '/resources/storage', message });
  }
  return issues;
}

/** All containers of a task have one network address, and ECS wants one protocol for a port. */
function portIssues({ containers }: TenantComputeSpec): Issue[] {
  const owners = new Map<number, string>();
  return containers.flatMap(({ name, ports = [] }, index) =>
    ports.flatMap(({ container_port, host_port }, position) => {
      const at = (field: string) => toPointer(['containers', index, 'ports', position, field]);
      const issues: Issue[] = [];
      const owner = owners.get(container_port);
      owners.set(container_port, owner ?? name);
      if (owner !== undefined) {
        const who = owner === name ? 'twice' : `by ${owner} and ${name}`;
        const message = `port ${container_port} is used ${who}: the containers share one address, and a port has one protocol`;
        issues.push({ pointer: at('container_port'), message });
      }
      if (host_port && host_port !== container_port) {
        issues.push({
          pointer: at('host_port'),
          message: 'host_port must equal container_port on ECS, or be left out',
        });
      }
      return issues;
    }),
  );
}

/** Without the role the tasks would not start: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
function roleIssues({ secrets = [] }: TenantComputeSpec, { execution_role_arn, log_group }: EcsConfig): Issue[] {
  if (execution_role_arn !== undefined) return [];
  const role = 'with the execution role, so the operator has to set execution_role_arn';
  return [
    ...(secrets.length > 0 ? [{ pointer: '/secrets', message: `secrets are read ${role}` }] : []),
    ...(log_group ? [{ pointer: '/provider_config/log_group', message: `logs are written ${role}` }] : []),
  ];
}

function targetIssues(spec: TenantComputeSpec, { load_balancer, task_definition_arn }: EcsConfig): Issue[] {
  if (!load_balancer || targetPort(spec, load_balancer) || task_definition_arn) return [];
  const { container_name, container_port } = load_balancer;
  const what = [container_name && `container ${container_name}`, container_port && `port ${container_port}`].filter(
    Boolean,
  );
  const message = `the load balancer needs a tcp port of the specification${what.length > 0 ? `: ${what.join(' with ')}` : ''}`;
  return [{ pointer: '/provider_config/load_balancer', message }];
}

function bytesIssues(spec: TenantComputeSpec, config: EcsConfig, provider: string): Issue[] {
  const { input } = toDefinition(spec, config, provider, config.service_name_prefix ?? provider);
  if (Buffer.byteLength(JSON.stringify(input)) <= MAX_DEFINITION_BYTES) return [];
  const message = 'the task definition would be larger than the 64 KB that ECS takes: use fewer or shorter env values';
  return [{ pointer: '/containers', message }];
}

function warningsOf(spec: TenantComputeSpec, config: EcsConfig): string[] {
  const { networking, resources } = spec;
  const ofNetwork = networking?.dns ? ['networking.dns has no effect on ECS: use a load balancer or Cloud Map'] : [];
  if (config.task_definition_arn) {
    return [...ofNetwork, 'containers, resources and secrets have no effect: a given task definition runs'];
  }
  const rounding = roundingOf(spec, config);
  return [
    ...ofNetwork,
    ...(rounding ? [rounding] : []),
    ...(!isFargate(config) && resources.storage ? ['resources.storage has no effect outside Fargate'] : []),
    ...(spec.containers.some((container) => container.resources?.storage)
      ? ['resources.storage of a container has no effect on ECS: the containers of a task share its storage']
      : []),
    ...unusedFieldWarnings(spec),
    ...spec.containers.flatMap((container: ContainerSpec) => healthCheckWarnings(container)),
    ...(config.service_connect && portsOf(spec).some(({ protocol }) => protocol === 'udp')
      ? ['udp ports have no endpoint: Service Connect is for tcp']
      : []),
  ];
}
