import { OWNER, OWNER_LABEL, PROVIDER_LABEL } from '../../compute/labels.ts';
import type { PermissionStatement, Permissions } from '../../compute/permissions.ts';
import { readDefaults } from '../../compute/provider-config.ts';
import { EcsConfig } from './config.ts';
import { defaultPrefix, parseClusterArn } from './names.ts';
import { toPolicyPattern } from './tenant-permissions.ts';

/*
 * The resources and conditions that IAM supports for each action:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
const UNBOUND = 'IAM cannot bind it to a resource';

/**
 * Returns the IAM permissions of an operation, bound as tightly as IAM allows: to the cluster, to names with the provider's
 * prefix, to resources with Berth's tags, and to the roles that the operator lists. Settings have to be literal; the ARN
 * of a cluster that the same CDK stack creates is not.
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
      return [describingServices(scope), readingDefinitions, deleting(scope), ...removingDefinitions(scope)];
    case 'status':
      return reading(scope);
    case 'logs':
      return [describingServices(scope), describingDefinitions, describingTasks(scope), readingLogs(scope)];
    case 'list':
      return [describingServices(scope), readingDefinitions, ...listing(scope)];
  }
};

/** ARNs and patterns of the resources that the statements name. */
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

function inCluster({ cluster }: Scope) {
  return { ArnEquals: { 'ecs:cluster': cluster } };
}

function withTags(source: 'RequestTag' | 'ResourceTag', { provider }: Scope) {
  return {
    StringEquals: { [`aws:${source}/${OWNER_LABEL}`]: OWNER, [`aws:${source}/${PROVIDER_LABEL}`]: provider },
  };
}

const describingDefinitions: PermissionStatement = {
  reason: `reads env values, which are hidden in logs, from task definitions: ${UNBOUND}`,
  actions: ['ecs:DescribeTaskDefinition'],
  resources: ['*'],
};

const readingDefinitions: PermissionStatement = {
  reason: `finds the task definitions of a tenant and reads their content: ${UNBOUND}`,
  actions: ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'],
  resources: ['*'],
};

function describingServices(scope: Scope): PermissionStatement {
  return {
    reason: 'finds the services of tenants',
    actions: ['ecs:DescribeServices'],
    resources: [scope.service],
    conditions: inCluster(scope),
  };
}

function describingTasks(scope: Scope): PermissionStatement {
  return {
    reason: 'reads the state of tasks and why they stopped',
    actions: ['ecs:ListTasks', 'ecs:DescribeTasks'],
    resources: [scope.task, scope.instance],
    conditions: inCluster(scope),
  };
}

function reading(scope: Scope): PermissionStatement[] {
  return [
    describingServices(scope),
    readingDefinitions,
    {
      reason: 'reads the results of rollouts',
      actions: ['ecs:ListServiceDeployments', 'ecs:DescribeServiceRevisions'],
      resources: [scope.service, scope.revision],
      conditions: inCluster(scope),
    },
    describingTasks(scope),
  ];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
function readingLogs({ streams }: Scope): PermissionStatement {
  return {
    reason: 'reads the log streams of tenants in the one log group',
    actions: ['logs:GetLogEvents'],
    resources: [streams],
  };
}

function listing(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: `finds every tenant of the cluster: ${UNBOUND}`,
      actions: ['ecs:ListServices'],
      resources: ['*'],
      conditions: inCluster(scope),
    },
    {
      reason: `finds leftovers of interrupted operations: ${UNBOUND}`,
      actions: ['ecs:ListTaskDefinitionFamilies'],
      resources: ['*'],
    },
  ];
}

function deploying(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: 'registers the task definition of a version',
      actions: ['ecs:RegisterTaskDefinition'],
      resources: [scope.definition],
      conditions: withTags('RequestTag', scope),
    },
    {
      reason: 'tags task definitions when they are registered',
      actions: ['ecs:TagResource'],
      resources: [scope.definition],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
    },
    {
      reason: 'rolls a version out',
      actions: ['ecs:UpdateService'],
      resources: [scope.service],
      conditions: { ...inCluster(scope), ...withTags('ResourceTag', scope) },
    },
    {
      reason: 'updates the tags of a service',
      actions: ['ecs:TagResource', 'ecs:UntagResource'],
      resources: [scope.service],
      conditions: withTags('ResourceTag', scope),
    },
    ...passingRoles(scope),
  ];
}

function passingRoles({ roles }: Scope): PermissionStatement[] {
  if (roles.length === 0) return [];
  return [
    {
      reason: 'passes the roles that the operator lists to tasks',
      actions: ['iam:PassRole'],
      resources: roles,
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ];
}

function creating(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: 'creates the service of a tenant',
      actions: ['ecs:CreateService'],
      resources: [scope.service],
      conditions: {
        ...inCluster(scope),
        ...withTags('RequestTag', scope),
        StringEqualsIfExists: { 'ecs:enable-execute-command': 'false' },
      },
    },
    {
      reason: 'tags services when they are created',
      actions: ['ecs:TagResource'],
      resources: [scope.service],
      conditions: { StringEquals: { 'ecs:CreateAction': 'CreateService' } },
    },
  ];
}

function deleting(scope: Scope): PermissionStatement {
  return {
    reason: 'deletes the service of a tenant',
    actions: ['ecs:DeleteService'],
    resources: [scope.service],
    conditions: { ...inCluster(scope), ...withTags('ResourceTag', scope) },
  };
}

function removingDefinitions(scope: Scope): PermissionStatement[] {
  return [
    {
      reason: `deregisters task definitions that are no longer needed: ${UNBOUND}`,
      actions: ['ecs:DeregisterTaskDefinition'],
      resources: ['*'],
    },
    {
      reason: 'deletes them, because they contain env values',
      actions: ['ecs:DeleteTaskDefinitions'],
      resources: [scope.definition],
      conditions: withTags('ResourceTag', scope),
    },
  ];
}

function assumption(role: string): PermissionStatement {
  return { reason: 'assumes the role that the operator names', actions: ['sts:AssumeRole'], resources: [role] };
}
