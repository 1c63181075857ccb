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

/** The part of ECS that Berth uses: what each operation is asked and what it answers. */
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

/** One call of ECS. Rejects with the SDK's errors, or with the reason of the signal. */
export type Send = <Operation extends EcsOperation>(
  operation: Operation,
  input: EcsOperations[Operation][0],
  signal?: AbortSignal | undefined,
) => Promise<EcsOperations[Operation][1]>;

/** What the provider needs of an SDK: the slice that a test can stand in for. */
export interface EcsClient {
  send: Send;
  /** Ends connections that are kept open. */
  close?(): void;
}
