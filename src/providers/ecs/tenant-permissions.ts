import { type Issue, toPointer } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { type EcsConfig, OPERATOR_ONLY, type TenantSettings } from './config.ts';

const TENANT = '{tenant_id}';

/** Where a specification chooses the values that lists in `allow` permit. */
const choices = {
  task_role_arns: ['task_role_arn'],
  task_definition_arns: ['task_definition_arn'],
  target_group_arns: ['load_balancer', 'target_group_arn'],
  service_registry_arns: ['service_registry', 'registry_arn'],
} as const;
const lists = Object.keys(choices) as (keyof typeof choices)[];

function choicesIn({ task_role_arn, task_definition_arn, load_balancer, service_registry }: EcsConfig) {
  return {
    task_role_arns: task_role_arn,
    task_definition_arns: task_definition_arn,
    target_group_arns: load_balancer?.target_group_arn,
    service_registry_arns: service_registry?.registry_arn,
  };
}

/**
 * Returns the settings that a specification is not permitted to choose. Berth calls ECS with permissions that no tenant has.
 * So a role, a network or a target group is taken from a specification only if the operator set or listed it.
 */
export function tenantPermissionIssues(spec: TenantComputeSpec, { config, operator }: TenantSettings): Issue[] {
  const { allow } = operator;
  const given = spec.provider_config ?? {};
  const maxTasks = Math.max(allow.desired_count, operator.desired_count);
  const refused = lists.filter((list) => {
    const value = choicesIn(config)[list];
    const isOperators = value === choicesIn(operator)[list];
    return value !== undefined && !isOperators && !isAllowed(value, allow[list], spec.tenant_id);
  });
  const issues: Issue[] = [
    ...OPERATOR_ONLY.filter((key) => key in given).map((key) => ({
      pointer: inConfig(key),
      message: `${key} can only be set by the operator, in the defaults of this provider`,
    })),
    ...balancerIssues(config, operator),
    ...refused.map((list) => ({
      pointer: inConfig(...choices[list]),
      message: `${choices[list].at(-1)} is not one that the operator allows for this tenant (allow.${list})`,
    })),
    ...networkIssues('subnets', spec, { config, operator }),
    ...networkIssues('security_groups', spec, { config, operator }),
    ...publicIpIssues(spec, { config, operator }),
    ...autoscalingIssues(spec, { config, operator }),
  ];
  const message = `desired_count must be at most ${maxTasks} (allow.desired_count)`;
  return config.desired_count > maxTasks ? [...issues, { pointer: inConfig('desired_count'), message }] : issues;
}

type Settings = Pick<TenantSettings, 'config' | 'operator'>;

function inConfig(...path: string[]): string {
  return toPointer(['provider_config', ...path]);
}

/** A tenant that named a host could take the requests of another one. */
function balancerIssues({ load_balancer: chosen }: EcsConfig, { load_balancer: operators }: EcsConfig): Issue[] {
  return (['listener_arn', 'host', 'drain_seconds', 'retired'] as const)
    .filter((key) => chosen?.listener_arn !== undefined && chosen[key] !== operators?.[key])
    .map((key) => ({
      pointer: inConfig('load_balancer', key),
      message: `${key} can only be set by the operator, in the defaults of this provider`,
    }));
}

function networkIssues(
  field: 'subnets' | 'security_groups',
  { networking, tenant_id }: TenantComputeSpec,
  { config, operator }: Settings,
): Issue[] {
  const allowed = [...operator[field], ...operator.allow[field]];
  const issuesOf = (ids: readonly string[], pointer: string) =>
    ids
      .filter((id) => !isAllowed(id, allowed, tenant_id))
      .map((id) => ({
        pointer,
        message: `${id} is not one of the ${field.replace('_', ' ')} that the operator allows (allow.${field})`,
      }));
  return [
    ...issuesOf(config[field], inConfig(field)),
    ...issuesOf(networking?.[field] ?? [], toPointer(['networking', field])),
  ];
}

function publicIpIssues(spec: TenantComputeSpec, { config, operator }: Settings): Issue[] {
  if (operator.allow.public_ip || operator.assign_public_ip) return [];
  const message = 'the operator allows no public addresses (allow.public_ip)';
  return [
    ...(spec.networking?.public_ip ? [{ pointer: '/networking/public_ip', message }] : []),
    ...(config.assign_public_ip && 'assign_public_ip' in (spec.provider_config ?? {})
      ? [{ pointer: inConfig('assign_public_ip'), message }]
      : []),
  ];
}

function autoscalingIssues({ provider_config = {} }: TenantComputeSpec, { config, operator }: Settings): Issue[] {
  if (!('autoscaling' in provider_config) || !config.autoscaling) return [];
  const { allow, autoscaling } = operator;
  if (!allow.autoscaling) {
    const message = 'autoscaling is not one of the settings that the operator allows (allow.autoscaling)';
    return [{ pointer: inConfig('autoscaling'), message }];
  }
  const most = Math.max(allow.desired_count, operator.desired_count, autoscaling?.max ?? 0);
  const message = `max must be at most ${most} (allow.desired_count)`;
  return config.autoscaling.max > most ? [{ pointer: inConfig('autoscaling', 'max'), message }] : [];
}

/**
 * Returns true if one of the operator's entries matches a value. An entry is literal text, except that `{tenant_id}` stands
 * for the tenant's id and `*` for any text. No regular expression is involved, so no entry can cause backtracking.
 */
export function isAllowed(value: string, entries: readonly string[], tenantId: string): boolean {
  return entries.some((entry) => matches(value, entry.replaceAll(TENANT, tenantId).split('*')));
}

/** Converts an entry to a resource of an IAM policy, which applies to all tenants. */
export function toPolicyPattern(entry: string): string {
  return entry.replaceAll(TENANT, '*');
}

/** Returns true if the value starts with the first part, ends with the last, and has the others between them in order. */
function matches(value: string, [first = '', ...rest]: readonly string[]): boolean {
  if (rest.length === 0) return value === first;
  const last = rest.pop() ?? '';
  if (!value.startsWith(first) || value.length < first.length + last.length || !value.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = value.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= value.length - last.length;
}
