import type * as z from 'zod';
import { InvalidProviderError } from '../../compute/errors.ts';
import type { PermissionStatement, Permissions } from '../../compute/permissions.ts';
import {
  connecting,
  endingHosts,
  hosting,
  listingHosts,
  readingRoutes,
  seeingHosts,
} from './address/address-permissions.ts';
import { statement, UNBOUND, withTags } from './api/statements.ts';
import type { EcsConfig } from './config.ts';
import {
  answeringDeployments,
  endingDeployments,
  lendingRole,
  seeingDeployments,
} from './deployment/deployment-permissions.ts';
import { defaultPrefix, parseClusterArn } from './names.ts';
import { toPolicyPattern } from './tenant-permissions.ts';
import { endingVolumes, makingVolumes, seeingVolumes } from './volumes/volume-permissions.ts';

/*
 * The resources and conditions that IAM supports for each action:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
/** https://docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-ecs.html */
const SCALER = 'ecs.application-autoscaling.amazonaws.com';
const SCALING_ROLE = 'AWSServiceRoleForApplicationAutoScaling_ECSService';

/**
 * Returns the IAM permissions of an operation, bound as tightly as IAM allows: to the cluster, to names with the provider's
 * prefix, to resources with Berth's tags, and to the roles that the operator lists. Settings may be tokens of a CDK app,
 * which is why they are not parsed here. `parseClusterArn` has to find the parts of the cluster's ARN.
 */
export const permissions: Permissions = (operation, { name, defaults }) => {
  const config = defaults as EcsSettings;
  if (operation === 'validate' || (operation === 'logs' && config.log_group === undefined)) return [];
  if (config.assume_role) return [assumption(config.assume_role.role_arn)];
  const scope = scopeOf(name, config);
  switch (operation) {
    case 'provision':
      return [
        ...reading(scope),
        ...deploying(scope),
        ...creating(scope),
        ...removingDefinitions(scope),
        ...scaling(scope),
        ...connecting(scope),
        ...hosting(scope),
        ...makingVolumes(scope),
      ];
    case 'update':
      return [
        ...reading(scope),
        ...deploying(scope),
        answeringDeployments(scope),
        ...removingDefinitions(scope),
        ...scaling(scope),
        ...connecting(scope),
        ...hosting(scope),
        ...makingVolumes(scope),
      ];
    case 'stop':
      return [
        describingServices(scope),
        ...seeingHistory(scope),
        ...controlling(scope),
        answeringDeployments(scope),
        ...scaling(scope),
      ];
    case 'destroy':
      return [
        describingServices(scope),
        readingDefinitions,
        endingScaling(scope),
        deleting(scope),
        ...removingDefinitions(scope),
        ...endingHosts(scope),
        ...endingVolumes(scope),
      ];
    case 'status':
      return [...reading(scope), ...seeingHosts(scope), ...seeingVolumes(scope)];
    case 'exec':
      return [];
    case 'logs':
      return [describingServices(scope), describingDefinitions, ...describingTasks(scope), readingLogs(scope)];
    case 'list':
      return [
        describingServices(scope),
        readingDefinitions,
        ...listing(scope),
        ...listingHosts(scope),
        ...seeingVolumes(scope),
      ];
  }
};

/** The operator's settings, which the schema has checked and not filled in. */
type EcsSettings = z.input<typeof EcsConfig>;

/** ARNs and patterns of the resources that the statements name. */
type Scope = ReturnType<typeof scopeOf>;

function scopeOf(provider: string, config: EcsSettings) {
  const address = parseClusterArn(config.cluster_arn);
  if (!address) {
    throw new InvalidProviderError(
      `the parts of cluster_arn of ${provider} are unknown at synthesis, but permissions are made of them: ` +
        'pass the cluster itself: ecs({ cluster, … }), or its ARN as text',
    );
  }
  const { partition, region, account, name } = address;
  const base = `arn:${partition}:ecs:${region}:${account}`;
  const files = `arn:${partition}:elasticfilesystem:${region}:${account}`;
  const prefix = config.service_name_prefix ?? defaultPrefix(provider);
  const { execution_role_arn, task_role_arn, allow } = config;
  const roles = [execution_role_arn, task_role_arn, ...(allow?.task_role_arns ?? [])].flatMap((role) => role ?? []);
  return {
    cluster: config.cluster_arn,
    service: `${base}:service/${name}/${prefix}*`,
    revision: `${base}:service-revision/${name}/${prefix}*/*`,
    serviceDeployment: `${base}:service-deployment/${name}/${prefix}*/*`,
    balancingRole: config.deployment?.role_arn,
    definition: `${base}:task-definition/${prefix}*:*`,
    task: `${base}:task/${name}/*`,
    scalableTarget: `arn:${partition}:application-autoscaling:${region}:${account}:scalable-target/*`,
    alarms: `arn:${partition}:cloudwatch:${region}:${account}:alarm:TargetTracking-service/${name}/${prefix}*`,
    scalingRole: `arn:${partition}:iam::${account}:role/aws-service-role/${SCALER}/${SCALING_ROLE}`,
    scales: config.autoscaling !== undefined || allow?.autoscaling === true,
    streams: `arn:${partition}:logs:${region}:${account}:log-group:${config.log_group}:log-stream:${prefix}*`,
    roles: [...new Set(roles.map(toPolicyPattern))],
    listener: config.load_balancer?.listener_arn,
    balancing: `arn:${partition}:elasticloadbalancing:${region}:${account}`,
    fileSystem: config.efs && `${files}:file-system/${config.efs.file_system_id}`,
    accessPoints: `${files}:access-point/*`,
    gateway: config.gateway?.arn,
    routes: `${base}:gateway-route/*`,
    provider,
  };
}

function inCluster({ cluster }: Scope) {
  return { ArnEquals: { 'ecs:cluster': cluster } };
}

const describingDefinitions = statement(
  `reads env values, which are hidden in logs, from task definitions: ${UNBOUND}`,
  'ecs:DescribeTaskDefinition',
  '*',
);

const readingDefinitions = statement(
  `finds the task definitions of a tenant and reads their content: ${UNBOUND}`,
  'ecs:DescribeTaskDefinition ecs:ListTaskDefinitions',
  '*',
);

function describingServices(scope: Scope): PermissionStatement {
  return statement('finds the services of tenants', 'ecs:DescribeServices', scope.service, inCluster(scope));
}

function describingTasks(scope: Scope): PermissionStatement[] {
  const reason = 'reads the state of tasks and why they stopped';
  // IAM documents container instances as the resource of ListTasks, but on Fargate a task has none. The cluster bounds it.
  const listing = 'lists the tasks of a service, bound to the cluster by the condition';
  return [
    statement(listing, 'ecs:ListTasks', '*', inCluster(scope)),
    statement(reason, 'ecs:DescribeTasks', scope.task, inCluster(scope)),
  ];
}

function seeingHistory(scope: Scope): PermissionStatement[] {
  const reason = 'finds the newest deployment of a service';
  return [statement(reason, 'ecs:ListServiceDeployments', scope.service, inCluster(scope)), seeingDeployments(scope)];
}

function reading(scope: Scope): PermissionStatement[] {
  const history = 'ecs:ListServiceDeployments ecs:DescribeServiceRevisions';
  return [
    describingServices(scope),
    readingDefinitions,
    statement('reads the results of rollouts', history, [scope.service, scope.revision], inCluster(scope)),
    seeingDeployments(scope),
    ...describingTasks(scope),
    ...readingRoutes(scope),
  ];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
function readingLogs({ streams }: Scope): PermissionStatement {
  return statement('reads the log streams of tenants in the one log group', 'logs:GetLogEvents', streams);
}

function listing(scope: Scope): PermissionStatement[] {
  return [
    statement(`finds every tenant of the cluster: ${UNBOUND}`, 'ecs:ListServices', '*', inCluster(scope)),
    statement(`finds leftovers of interrupted operations: ${UNBOUND}`, 'ecs:ListTaskDefinitionFamilies', '*'),
  ];
}

function deploying(scope: Scope): PermissionStatement[] {
  const { definition, roles } = scope;
  const created = { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } };
  const toTasks = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
  return [
    statement(
      'registers the task definition of a version',
      'ecs:RegisterTaskDefinition',
      definition,
      withTags('RequestTag', scope),
    ),
    statement('tags task definitions when they are registered', 'ecs:TagResource', definition, created),
    ...controlling(scope),
    ...lendingRole(scope),
    ...(roles.length > 0
      ? [statement('passes the roles that the operator lists to tasks', 'iam:PassRole', roles, toTasks)]
      : []),
  ];
}

function controlling(scope: Scope): PermissionStatement[] {
  const { service } = scope;
  const owned = withTags('ResourceTag', scope);
  return [
    statement('rolls a version out', 'ecs:UpdateService', service, { ...inCluster(scope), ...owned }),
    statement('updates the tags of a service', 'ecs:TagResource ecs:UntagResource', service, owned),
    endingDeployments(scope),
  ];
}

function creating(scope: Scope): PermissionStatement[] {
  const noExec = { StringEqualsIfExists: { 'ecs:enable-execute-command': 'false' } };
  const created = { StringEquals: { 'ecs:CreateAction': 'CreateService' } };
  const conditions = { ...inCluster(scope), ...withTags('RequestTag', scope), ...noExec };
  return [
    statement('creates the service of a tenant', 'ecs:CreateService', scope.service, conditions),
    statement('tags services when they are created', 'ecs:TagResource', scope.service, created),
  ];
}

/*
 * The id of a scalable target is not that of its service, so IAM can bind these only to targets of ECS services:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
 */
const ofServices = {
  StringEquals: {
    'application-autoscaling:service-namespace': 'ecs',
    'application-autoscaling:scalable-dimension': 'ecs:service:DesiredCount',
  },
};

function endingScaling({ scalableTarget }: Scope): PermissionStatement {
  const reason = 'ends the scaling of a tenant, bound to services of ECS';
  return statement(reason, 'application-autoscaling:DeregisterScalableTarget', scalableTarget, ofServices);
}

/**
 * The right to scale is there only if a setting scales. The alarms of target tracking are made with the caller's rights:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html
 */
function scaling(scope: Scope): PermissionStatement[] {
  const { scalableTarget, alarms, scalingRole, scales } = scope;
  const seeing = `learns what scales a service, so that its number of tasks is left alone: ${UNBOUND}`;
  const always = [statement(seeing, 'application-autoscaling:DescribeScalableTargets', '*'), endingScaling(scope)];
  if (!scales) return always;
  const changes = ['RegisterScalableTarget', 'PutScalingPolicy', 'DeleteScalingPolicy'];
  const actions = changes.map((action) => `application-autoscaling:${action}`).join(' ');
  return [
    ...always,
    statement(
      `reads the scaling policies of a service: ${UNBOUND}`,
      'application-autoscaling:DescribeScalingPolicies',
      '*',
    ),
    statement('scales the services of tenants, bound to services of ECS', actions, scalableTarget, ofServices),
    statement(
      'makes and removes the alarms of scaling policies',
      'cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms',
      alarms,
    ),
    statement(
      'creates the role of Application Auto Scaling with the first target',
      'iam:CreateServiceLinkedRole',
      scalingRole,
      {
        StringEquals: { 'iam:AWSServiceName': SCALER },
      },
    ),
  ];
}

function deleting(scope: Scope): PermissionStatement {
  const conditions = { ...inCluster(scope), ...withTags('ResourceTag', scope) };
  return statement('deletes the service of a tenant', 'ecs:DeleteService', scope.service, conditions);
}

function removingDefinitions(scope: Scope): PermissionStatement[] {
  const owned = withTags('ResourceTag', scope);
  return [
    statement(
      `deregisters task definitions that are no longer needed: ${UNBOUND}`,
      'ecs:DeregisterTaskDefinition',
      '*',
    ),
    statement('deletes them, because they contain env values', 'ecs:DeleteTaskDefinitions', scope.definition, owned),
  ];
}

function assumption(role: string): PermissionStatement {
  return statement('assumes the role that the operator names', 'sts:AssumeRole', role);
}
