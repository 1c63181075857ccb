import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type {
  CreateServiceCommandInput,
  CreateServiceCommandOutput,
  DeleteServiceCommandInput,
  DeleteServiceCommandOutput,
  DeleteTaskDefinitionsCommandInput,
  DeleteTaskDefinitionsCommandOutput,
  DeregisterTaskDefinitionCommandInput,
  DeregisterTaskDefinitionCommandOutput,
  DescribeServiceRevisionsCommandInput,
  DescribeServiceRevisionsCommandOutput,
  DescribeServicesCommandInput,
  DescribeServicesCommandOutput,
  DescribeTaskDefinitionCommandInput,
  DescribeTaskDefinitionCommandOutput,
  DescribeTasksCommandInput,
  DescribeTasksCommandOutput,
  ListServiceDeploymentsCommandInput,
  ListServiceDeploymentsCommandOutput,
  ListServicesCommandInput,
  ListServicesCommandOutput,
  ListTaskDefinitionFamiliesCommandInput,
  ListTaskDefinitionFamiliesCommandOutput,
  ListTaskDefinitionsCommandInput,
  ListTaskDefinitionsCommandOutput,
  ListTasksCommandInput,
  ListTasksCommandOutput,
  RegisterTaskDefinitionCommandInput,
  RegisterTaskDefinitionCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateServiceCommandInput,
  UpdateServiceCommandOutput,
} from '@aws-sdk/client-ecs';

/** The ECS operations that Berth calls, each with its input and output. */
export interface EcsOperations {
  CreateService: [CreateServiceCommandInput, CreateServiceCommandOutput];
  DeleteService: [DeleteServiceCommandInput, DeleteServiceCommandOutput];
  DeleteTaskDefinitions: [DeleteTaskDefinitionsCommandInput, DeleteTaskDefinitionsCommandOutput];
  DeregisterTaskDefinition: [DeregisterTaskDefinitionCommandInput, DeregisterTaskDefinitionCommandOutput];
  DescribeServiceRevisions: [DescribeServiceRevisionsCommandInput, DescribeServiceRevisionsCommandOutput];
  DescribeServices: [DescribeServicesCommandInput, DescribeServicesCommandOutput];
  DescribeTaskDefinition: [DescribeTaskDefinitionCommandInput, DescribeTaskDefinitionCommandOutput];
  DescribeTasks: [DescribeTasksCommandInput, DescribeTasksCommandOutput];
  ListServiceDeployments: [ListServiceDeploymentsCommandInput, ListServiceDeploymentsCommandOutput];
  ListServices: [ListServicesCommandInput, ListServicesCommandOutput];
  ListTaskDefinitionFamilies: [ListTaskDefinitionFamiliesCommandInput, ListTaskDefinitionFamiliesCommandOutput];
  ListTaskDefinitions: [ListTaskDefinitionsCommandInput, ListTaskDefinitionsCommandOutput];
  ListTasks: [ListTasksCommandInput, ListTasksCommandOutput];
  RegisterTaskDefinition: [RegisterTaskDefinitionCommandInput, RegisterTaskDefinitionCommandOutput];
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput];
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput];
  UpdateService: [UpdateServiceCommandInput, UpdateServiceCommandOutput];
}

export type EcsOperation = keyof EcsOperations;

/** Calls ECS once. Rejects with the SDK's error, or with the signal's reason. */
export type Send = <Operation extends EcsOperation>(
  operation: Operation,
  input: EcsOperations[Operation][0],
  signal?: AbortSignal | undefined,
) => Promise<EcsOperations[Operation][1]>;

/** The slice of the ECS client that the provider uses. A test can pass its own. */
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

/** Timeouts in milliseconds. They end a call to a peer that accepts a connection and never responds; the call is then retried. */
export const REQUEST_HANDLER = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };
