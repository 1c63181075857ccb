import { OWNER, OWNER_LABEL, PROVIDER_LABEL } from '../../compute/labels.ts';
import type { PermissionStatement, Permissions } from '../../compute/permissions.ts';
import { readDefaults } from '../../compute/provider-config.ts';
import { toPolicyPattern } from './allow-list.ts';
import { EcsConfig } from './config.ts';
import { defaultPrefix, parseClusterArn } from './names.ts';

/*
 * Which action can be bound to which resource and condition:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
const UNBOUND = 'IAM cannot bind it to a resource';

/**
 * What each operation calls, bound as tightly as IAM can: to the one cluster, to names with the provider's prefix, to
 * resources with Berth's tags, and to the roles that the operator lists. Settings that an infrastructure does not know as
 * text (the ARN of a cluster that the same stack makes) have to be spelled out.
 */
export const permissions: Permissions = (operation, { name, defaults }) => {
  const config = readDefaults(name, EcsConfig, defaults);
  if (operation === 'validate' || (operation === 'logs' && config.log_group === undefined)) return [];
  if (config.assume_role) return [assumption(config.assume_role.role_arn)];
  const scope = scopeOf(name, config);
  switch (operation) {
    case 'provision':
      return [...reading(scope), ...deploying(scope), ...creating(scope), ...removingDefinitions(scope)];
    case 'update':
      return [...reading(scope), ...deploying(scope), ...removingDefinitions(scope)];
    case 'destroy':
      return [describing(scope), ...definitionsOf(), deleting(scope), ...removingDefinitions(scope)];
    case 'status':
      return reading(scope);
    case 'logs':
      return [describing(scope), describingDefinitions(), tasks(scope), readingLogs(scope)];
    case 'list':
      return [describing(scope), ...definitionsOf(), ...listing(scope)];
  }
};

interface Scope {
  cluster: string;
  service: string;
  revision: string;
  definition: string;
  task: string;
  instance: string;
  streams: string;
  roles: string[];
  provider: string;
}

function scopeOf(provider: string, config: EcsConfig): Scope {
  const { partition, region, account, name } = parseClusterArn(config.cluster_arn) ?? {};
  const base = `arn:${partition}:ecs:${region}:${account}`;
  const prefix = config.service_name_prefix ?? defaultPrefix(provider);
  const { execution_role_arn, task_role_arn, allow } = config;
  const roles = [execution_role_arn, task_role_arn, ...allow.task_role_arns].flatMap((role) => role ?? []);
  return {
    cluster: config.cluster_arn,
    service: `${base}:service/${name}/${prefix}*`,
    revision: `${base}:service-revision/${name}/${prefix}*/*`,
    definition: `${base}:task-definition/${prefix}*:*`,
    task: `${base}:task/${name}/*`,
    instance: `${base}:container-instance/${name}/*`,
    streams: `arn:${partition}:logs:${region}:${account}:log-group:${config.log_group}:log-stream:${prefix}*`,
    roles: [...new Set(roles.map(toPolicyPattern))],
    provider,
  };
}

function ofCluster({ cluster }: Scope) {
  return { ArnEquals: { 'ecs:cluster': cluster } };
}

function tagged(source: 'RequestTag' | 'ResourceTag', { provider }: Scope) {
  return {
    StringEquals: { [`aws:${source}/${OWNER_LABEL}`]: OWNER, [`aws:${source}/${PROVIDER_LABEL}`]: provider },
  };
}

function describing(scope: Scope): PermissionStatement {
  return {
    reason: 'finds the services of tenants',
    actions: ['ecs:DescribeServices'],
    resources: [scope.service],
    conditions: ofCluster(scope),
  };
}

function reading(scope: Scope): PermissionStatement[] {
  return [
    describing(scope),
    ...definitionsOf(),
    {
      reason: 'tells how rollouts ended',
      actions: ['ecs:ListServiceDeployments', 'ecs:DescribeServiceRevisions'],
      resources: [scope.service, scope.revision],
      conditions: ofCluster(scope),
    },
    tasks(scope),
  ];
}

function tasks(scope: Scope): PermissionStatement {
  return {
    reason: 'tells the state of tasks and why they ended',
    actions: ['ecs:ListTasks', 'ecs:DescribeTasks'],
    resources: [scope.task, scope.instance],
    conditions: ofCluster(scope),
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
function readingLogs({ streams }: Scope): PermissionStatement {
  return {
    reason: 'reads what containers wrote: streams of tenants in the one log group',
    actions: ['logs:GetLogEvents'],
    resources: [streams],
  };
}

function describingDefinitions(): PermissionStatement {
  return {
    reason: `knows by the task definition which values are to be hidden: ${UNBOUND}`,
    actions: ['ecs:DescribeTaskDefinition'],
    resources: ['*'],
  };
}

function definitionsOf(): PermissionStatement[] {
  return [
    {
      reason: `reads what a task definition was made from, and finds those of a tenant: ${UNBOUND}`,
      actions: ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'],
      resources: ['*'],
    },
  ];
}

function listing(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: `finds every tenant of the cluster: ${UNBOUND}`,
      actions: ['ecs:ListServices'],
      resources: ['*'],
      conditions: ofCluster(scope),
    },
    {
      reason: `finds what an interrupted operation left: ${UNBOUND}`,
      actions: ['ecs:ListTaskDefinitionFamilies'],
      resources: ['*'],
    },
  ];
}

function deploying(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: 'makes the task definition of a version',
      actions: ['ecs:RegisterTaskDefinition'],
      resources: [scope.definition],
      conditions: tagged('RequestTag', scope),
    },
    {
      reason: 'tags task definitions as they are made',
      actions: ['ecs:TagResource'],
      resources: [scope.definition],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
    },
    {
      reason: 'rolls a version out',
      actions: ['ecs:UpdateService'],
      resources: [scope.service],
      conditions: { ...ofCluster(scope), ...tagged('ResourceTag', scope) },
    },
    {
      reason: 'keeps the tags of a service those of its tenant',
      actions: ['ecs:TagResource', 'ecs:UntagResource'],
      resources: [scope.service],
      conditions: tagged('ResourceTag', scope),
    },
    ...passing(scope),
  ];
}

function passing({ roles }: Scope): PermissionStatement[] {
  if (roles.length === 0) return [];
  return [
    {
      reason: 'gives tasks the roles that the operator lists, and no other',
      actions: ['iam:PassRole'],
      resources: roles,
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ];
}

function creating(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: 'makes the service of a tenant',
      actions: ['ecs:CreateService'],
      resources: [scope.service],
      conditions: {
        ...ofCluster(scope),
        ...tagged('RequestTag', scope),
        StringEqualsIfExists: { 'ecs:enable-execute-command': 'false' },
      },
    },
    {
      reason: 'tags services as they are made',
      actions: ['ecs:TagResource'],
      resources: [scope.service],
      conditions: { StringEquals: { 'ecs:CreateAction': 'CreateService' } },
    },
  ];
}

function deleting(scope: Scope): PermissionStatement {
  return {
    reason: 'removes the service of a tenant',
    actions: ['ecs:DeleteService'],
    resources: [scope.service],
    conditions: { ...ofCluster(scope), ...tagged('ResourceTag', scope) },
  };
}

function removingDefinitions(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: `ends task definitions that are of no use any more: ${UNBOUND}`,
      actions: ['ecs:DeregisterTaskDefinition'],
      resources: ['*'],
    },
    {
      reason: 'deletes them, for env values stand in them',
      actions: ['ecs:DeleteTaskDefinitions'],
      resources: [scope.definition],
      conditions: tagged('ResourceTag', scope),
    },
  ];
}

function assumption(role: string): PermissionStatement {
  return { reason: 'calls ECS with the role that the operator names', actions: ['sts:AssumeRole'], resources: [role] };
}
