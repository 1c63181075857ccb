import { type Issue, toPointer } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { isAllowed } from './allow-list.ts';
import type { EcsConfig } from './config.ts';
import { OPERATOR_ONLY } from './settings.ts';

/**
 * What a tenant chose that is not the tenant's to choose. Berth calls ECS with rights that no tenant has, so that a role,
 * a network or a target group is taken from a specification only where the operator listed it.
 */
export function tenantPermissionIssues(spec: TenantComputeSpec, config: EcsConfig, defaults: EcsConfig): Issue[] {
  const { allow } = defaults;
  const chosen = spec.provider_config ?? {};
  const may = (entries: readonly string[]) => (value: string) => isAllowed(value, entries, spec.tenant_id);
  const mostTasks = Math.max(allow.desired_count, defaults.desired_count);
  const tooMany = `desired_count must be at most ${mostTasks} (allow.desired_count)`;
  const inConfig = (...path: string[]) => toPointer(['provider_config', ...path]);
  return [
    ...OPERATOR_ONLY.filter((key) => key in chosen).map((key) => ({
      pointer: inConfig(key),
      message: `${key} can only be set by the operator, in the defaults of this provider`,
    })),
    ...oneOf(config.task_role_arn, defaults.task_role_arn, may(allow.task_role_arns), {
      pointer: inConfig('task_role_arn'),
      message: notAllowed('task_role_arn', 'task_role_arns'),
    }),
    ...oneOf(config.task_definition_arn, defaults.task_definition_arn, may(allow.task_definition_arns), {
      pointer: inConfig('task_definition_arn'),
      message: notAllowed('task_definition_arn', 'task_definition_arns'),
    }),
    ...oneOf(
      config.load_balancer?.target_group_arn,
      defaults.load_balancer?.target_group_arn,
      may(allow.target_group_arns),
      {
        pointer: inConfig('load_balancer', 'target_group_arn'),
        message: notAllowed('target_group_arn', 'target_group_arns'),
      },
    ),
    ...oneOf(
      config.service_registry?.registry_arn,
      defaults.service_registry?.registry_arn,
      may(allow.service_registry_arns),
      {
        pointer: inConfig('service_registry', 'registry_arn'),
        message: notAllowed('registry_arn', 'service_registry_arns'),
      },
    ),
    ...(['subnets', 'security_groups'] as const).flatMap((field) => {
      const isFree = may([...defaults[field], ...allow[field]]);
      const message = (value: string) =>
        `${value} is not one of the ${field.replace('_', ' ')} that the operator allows (allow.${field})`;
      const check = (values: readonly string[], pointer: string) =>
        values.filter((value) => !isFree(value)).map((value) => ({ pointer, message: message(value) }));
      return [
        ...check(config[field], inConfig(field)),
        ...check(spec.networking?.[field] ?? [], toPointer(['networking', field])),
      ];
    }),
    ...publicIpIssues(spec, config, defaults),
    ...(config.desired_count > mostTasks ? [{ pointer: inConfig('desired_count'), message: tooMany }] : []),
  ];
}

function oneOf(
  value: string | undefined,
  standard: string | undefined,
  isFree: (value: string) => boolean,
  issue: Issue,
): Issue[] {
  return value === undefined || value === standard || isFree(value) ? [] : [issue];
}

function notAllowed(what: string, list: string): string {
  return `${what} is not one that the operator allows for this tenant (allow.${list})`;
}

function publicIpIssues(
  { networking, provider_config = {} }: TenantComputeSpec,
  config: EcsConfig,
  defaults: EcsConfig,
): Issue[] {
  if (defaults.allow.public_ip || defaults.assign_public_ip) return [];
  const message = 'the operator allows no public addresses (allow.public_ip)';
  return [
    ...(networking?.public_ip ? [{ pointer: '/networking/public_ip', message }] : []),
    ...(config.assign_public_ip && 'assign_public_ip' in provider_config
      ? [{ pointer: '/provider_config/assign_public_ip', message }]
      : []),
  ];
}
