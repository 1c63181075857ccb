import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  type ECSClientConfig,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { type EcsClient, type EcsOperation, type EcsOperations, REQUEST_HANDLER } from './client.ts';

const commands: { [Operation in EcsOperation]: new (input: EcsOperations[Operation][0]) => object } = {
  CreateService: CreateServiceCommand,
  DeleteService: DeleteServiceCommand,
  DeleteTaskDefinitions: DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinition: DeregisterTaskDefinitionCommand,
  DescribeServiceRevisions: DescribeServiceRevisionsCommand,
  DescribeServices: DescribeServicesCommand,
  DescribeTaskDefinition: DescribeTaskDefinitionCommand,
  DescribeTasks: DescribeTasksCommand,
  ListServiceDeployments: ListServiceDeploymentsCommand,
  ListServices: ListServicesCommand,
  ListTaskDefinitionFamilies: ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitions: ListTaskDefinitionsCommand,
  ListTasks: ListTasksCommand,
  RegisterTaskDefinition: RegisterTaskDefinitionCommand,
  TagResource: TagResourceCommand,
  UntagResource: UntagResourceCommand,
  UpdateService: UpdateServiceCommand,
};

/**
 * Creates the SDK client for ECS. This module is imported by the first call, so a host without calls never loads the SDK.
 * The SDK retries nothing itself: `retry.ts` does, with one budget for all calls of an operation.
 */
export function createSdkClient(config: ECSClientConfig): EcsClient {
  const client = new ECSClient({ requestHandler: REQUEST_HANDLER, ...config, maxAttempts: 1 });
  // `ECSClient.send` has one overload per command; a table of commands matches none of them.
  const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>;
  return {
    send: async <Operation extends EcsOperation>(
      operation: Operation,
      input: EcsOperations[Operation][0],
      signal?: AbortSignal,
    ) => {
      const output = await send(new commands[operation](input), { abortSignal: signal });
      return output as EcsOperations[Operation][1];
    },
    close: () => client.destroy(),
  };
}
