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
import type { EcsClient, EcsOperation, EcsOperations } from './client.ts';
import { TIMEOUTS } from './timeouts.ts';

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
 * The AWS SDK. This module is imported when ECS is first called, so that a host that never does pays nothing for it.
 * The SDK itself does not repeat calls: `retry.ts` does, under one budget for all calls of an operation.
 */
export function createSdkClient(config: ECSClientConfig): EcsClient {
  const client = new ECSClient({ requestHandler: TIMEOUTS, ...config, maxAttempts: 1 });
  // The types of `ECSClient.send` go by overloads of each command, which a table of commands cannot be matched with.
  const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>;
  return {
    send: async <Operation extends EcsOperation>(
      operation: Operation,
      input: EcsOperations[Operation][0],
      signal?: AbortSignal,
    ) => {
      const answer = await send(new commands[operation](input), { abortSignal: signal });
      return answer as EcsOperations[Operation][1];
    },
    close: () => client.destroy(),
  };
}
