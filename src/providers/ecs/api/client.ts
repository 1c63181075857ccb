import type * as scaling from '@aws-sdk/client-application-auto-scaling';
import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type * as ecs from '@aws-sdk/client-ecs';
import type * as efs from '@aws-sdk/client-efs';
import type * as balancing from '@aws-sdk/client-elastic-load-balancing-v2';

/** The operations of Application Auto Scaling that Berth calls, each with its input and output. */
export interface ScalingOperations {
  DeleteScalingPolicy: [scaling.DeleteScalingPolicyCommandInput, scaling.DeleteScalingPolicyCommandOutput];
  DeregisterScalableTarget: [
    scaling.DeregisterScalableTargetCommandInput,
    scaling.DeregisterScalableTargetCommandOutput,
  ];
  DescribeScalableTargets: [scaling.DescribeScalableTargetsCommandInput, scaling.DescribeScalableTargetsCommandOutput];
  DescribeScalingPolicies: [scaling.DescribeScalingPoliciesCommandInput, scaling.DescribeScalingPoliciesCommandOutput];
  PutScalingPolicy: [scaling.PutScalingPolicyCommandInput, scaling.PutScalingPolicyCommandOutput];
  RegisterScalableTarget: [scaling.RegisterScalableTargetCommandInput, scaling.RegisterScalableTargetCommandOutput];
}

/** The operations of Elastic Load Balancing that Berth calls, each with its input and output. */
export interface BalancingOperations {
  AddTags: [balancing.AddTagsCommandInput, balancing.AddTagsCommandOutput];
  CreateRule: [balancing.CreateRuleCommandInput, balancing.CreateRuleCommandOutput];
  CreateTargetGroup: [balancing.CreateTargetGroupCommandInput, balancing.CreateTargetGroupCommandOutput];
  DeleteRule: [balancing.DeleteRuleCommandInput, balancing.DeleteRuleCommandOutput];
  DeleteTargetGroup: [balancing.DeleteTargetGroupCommandInput, balancing.DeleteTargetGroupCommandOutput];
  DescribeAccountLimits: [balancing.DescribeAccountLimitsCommandInput, balancing.DescribeAccountLimitsCommandOutput];
  DescribeListeners: [balancing.DescribeListenersCommandInput, balancing.DescribeListenersCommandOutput];
  DescribeLoadBalancers: [balancing.DescribeLoadBalancersCommandInput, balancing.DescribeLoadBalancersCommandOutput];
  DescribeRules: [balancing.DescribeRulesCommandInput, balancing.DescribeRulesCommandOutput];
  DescribeTags: [balancing.DescribeTagsCommandInput, balancing.DescribeTagsCommandOutput];
  DescribeTargetGroupAttributes: [
    balancing.DescribeTargetGroupAttributesCommandInput,
    balancing.DescribeTargetGroupAttributesCommandOutput,
  ];
  DescribeTargetGroups: [balancing.DescribeTargetGroupsCommandInput, balancing.DescribeTargetGroupsCommandOutput];
  ModifyRule: [balancing.ModifyRuleCommandInput, balancing.ModifyRuleCommandOutput];
  ModifyTargetGroup: [balancing.ModifyTargetGroupCommandInput, balancing.ModifyTargetGroupCommandOutput];
  ModifyTargetGroupAttributes: [
    balancing.ModifyTargetGroupAttributesCommandInput,
    balancing.ModifyTargetGroupAttributesCommandOutput,
  ];
}

/** The operations of EFS that Berth calls. ECS has a `TagResource` too, so that of EFS has another name here. */
export interface FileOperations {
  CreateAccessPoint: [efs.CreateAccessPointCommandInput, efs.CreateAccessPointCommandOutput];
  DeleteAccessPoint: [efs.DeleteAccessPointCommandInput, efs.DeleteAccessPointCommandOutput];
  DescribeAccessPoints: [efs.DescribeAccessPointsCommandInput, efs.DescribeAccessPointsCommandOutput];
  TagAccessPoint: [efs.TagResourceCommandInput, efs.TagResourceCommandOutput];
}

/** The operations that Berth calls: those of ECS, and those that scale its services, give them addresses and keep data. */
export interface EcsOperations extends ScalingOperations, BalancingOperations, FileOperations {
  ContinueServiceDeployment: [ecs.ContinueServiceDeploymentCommandInput, ecs.ContinueServiceDeploymentCommandOutput];
  CreateService: [ecs.CreateServiceCommandInput, ecs.CreateServiceCommandOutput];
  DeleteService: [ecs.DeleteServiceCommandInput, ecs.DeleteServiceCommandOutput];
  DeleteTaskDefinitions: [ecs.DeleteTaskDefinitionsCommandInput, ecs.DeleteTaskDefinitionsCommandOutput];
  DeregisterTaskDefinition: [ecs.DeregisterTaskDefinitionCommandInput, ecs.DeregisterTaskDefinitionCommandOutput];
  DescribeGateway: [ecs.DescribeGatewayCommandInput, ecs.DescribeGatewayCommandOutput];
  DescribeGatewayRoute: [ecs.DescribeGatewayRouteCommandInput, ecs.DescribeGatewayRouteCommandOutput];
  DescribeServiceDeployments: [ecs.DescribeServiceDeploymentsCommandInput, ecs.DescribeServiceDeploymentsCommandOutput];
  DescribeServiceRevisions: [ecs.DescribeServiceRevisionsCommandInput, ecs.DescribeServiceRevisionsCommandOutput];
  DescribeServices: [ecs.DescribeServicesCommandInput, ecs.DescribeServicesCommandOutput];
  DescribeTaskDefinition: [ecs.DescribeTaskDefinitionCommandInput, ecs.DescribeTaskDefinitionCommandOutput];
  DescribeTasks: [ecs.DescribeTasksCommandInput, ecs.DescribeTasksCommandOutput];
  ListGatewayClusterAssociations: [
    ecs.ListGatewayClusterAssociationsCommandInput,
    ecs.ListGatewayClusterAssociationsCommandOutput,
  ];
  ListGatewayRoutes: [ecs.ListGatewayRoutesCommandInput, ecs.ListGatewayRoutesCommandOutput];
  ListServiceDeployments: [ecs.ListServiceDeploymentsCommandInput, ecs.ListServiceDeploymentsCommandOutput];
  ListServices: [ecs.ListServicesCommandInput, ecs.ListServicesCommandOutput];
  ListTaskDefinitionFamilies: [ecs.ListTaskDefinitionFamiliesCommandInput, ecs.ListTaskDefinitionFamiliesCommandOutput];
  ListTaskDefinitions: [ecs.ListTaskDefinitionsCommandInput, ecs.ListTaskDefinitionsCommandOutput];
  ListTasks: [ecs.ListTasksCommandInput, ecs.ListTasksCommandOutput];
  RegisterTaskDefinition: [ecs.RegisterTaskDefinitionCommandInput, ecs.RegisterTaskDefinitionCommandOutput];
  StopServiceDeployment: [ecs.StopServiceDeploymentCommandInput, ecs.StopServiceDeploymentCommandOutput];
  TagResource: [ecs.TagResourceCommandInput, ecs.TagResourceCommandOutput];
  UntagResource: [ecs.UntagResourceCommandInput, ecs.UntagResourceCommandOutput];
  UpdateService: [ecs.UpdateServiceCommandInput, ecs.UpdateServiceCommandOutput];
}

export type EcsOperation = keyof EcsOperations;

/** Calls AWS once. Rejects with the SDK's error, or with the signal's reason. */
export type Send = <Operation extends EcsOperation>(
  operation: Operation,
  input: EcsOperations[Operation][0],
  signal?: AbortSignal | undefined,
) => Promise<EcsOperations[Operation][1]>;

/** The slice of the clients for ECS and the services around it that the provider uses. A test can pass its own. */
export interface EcsClient {
  send: Send;
  /** Closes idle connections. */
  close?(): void;
}

/** Calls CloudWatch Logs once. Rejects with the SDK's error, or with the signal's reason. */
export type GetLogEvents = (
  input: GetLogEventsCommandInput,
  signal?: AbortSignal | undefined,
) => Promise<GetLogEventsCommandOutput>;

/** The slice of the CloudWatch Logs client that the provider uses. */
export interface LogsClient {
  getLogEvents: GetLogEvents;
  /** Closes idle connections. */
  close?(): void;
}

/** Timeouts in milliseconds. They end calls to a peer that accepts a connection and never responds. */
export const REQUEST_HANDLER = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };
