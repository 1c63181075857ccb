import * as ecs from '@aws-sdk/client-ecs';
import {
  type BalancingOperations,
  type EcsClient,
  type EcsOperation,
  type EcsOperations,
  type FileOperations,
  REQUEST_HANDLER,
  type ScalingOperations,
} from './client.ts';
import { lazyClient } from './lazy-client.ts';

type OfEcs = Exclude<EcsOperation, keyof ScalingOperations | keyof BalancingOperations | keyof FileOperations>;

const commands: { [Operation in OfEcs]: new (input: EcsOperations[Operation][0]) => object } = {
  ContinueServiceDeployment: ecs.ContinueServiceDeploymentCommand,
  CreateService: ecs.CreateServiceCommand,
  DeleteService: ecs.DeleteServiceCommand,
  DeleteTaskDefinitions: ecs.DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinition: ecs.DeregisterTaskDefinitionCommand,
  DescribeGateway: ecs.DescribeGatewayCommand,
  DescribeGatewayRoute: ecs.DescribeGatewayRouteCommand,
  DescribeServiceDeployments: ecs.DescribeServiceDeploymentsCommand,
  DescribeServiceRevisions: ecs.DescribeServiceRevisionsCommand,
  DescribeServices: ecs.DescribeServicesCommand,
  DescribeTaskDefinition: ecs.DescribeTaskDefinitionCommand,
  DescribeTasks: ecs.DescribeTasksCommand,
  ListGatewayClusterAssociations: ecs.ListGatewayClusterAssociationsCommand,
  ListGatewayRoutes: ecs.ListGatewayRoutesCommand,
  ListServiceDeployments: ecs.ListServiceDeploymentsCommand,
  ListServices: ecs.ListServicesCommand,
  ListTaskDefinitionFamilies: ecs.ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitions: ecs.ListTaskDefinitionsCommand,
  ListTasks: ecs.ListTasksCommand,
  RegisterTaskDefinition: ecs.RegisterTaskDefinitionCommand,
  StopServiceDeployment: ecs.StopServiceDeploymentCommand,
  TagResource: ecs.TagResourceCommand,
  UntagResource: ecs.UntagResourceCommand,
  UpdateService: ecs.UpdateServiceCommand,
};

const ofScaling: Record<keyof ScalingOperations, true> = {
  DeleteScalingPolicy: true,
  DeregisterScalableTarget: true,
  DescribeScalableTargets: true,
  DescribeScalingPolicies: true,
  PutScalingPolicy: true,
  RegisterScalableTarget: true,
};

const ofFiles: Record<keyof FileOperations, true> = {
  CreateAccessPoint: true,
  DeleteAccessPoint: true,
  DescribeAccessPoints: true,
  TagAccessPoint: true,
};

/**
 * Creates the SDK clients for ECS and, with their first calls, for scaling, load balancers and files. This module is
 * imported by the first call, so a host without calls never loads the SDK. The SDK retries nothing itself: `retry.ts`
 * does, with one budget for all calls of an operation.
 */
export function createSdkClient(config: ecs.ECSClientConfig): EcsClient {
  const client = new ecs.ECSClient({ requestHandler: REQUEST_HANDLER, ...config, maxAttempts: 1 });
  const { region, endpoint, credentials } = config;
  const shared = { ...(region && { region }), ...(endpoint && { endpoint }), ...(credentials && { credentials }) };
  const scaling = lazyClient(undefined, async () => {
    const { createScalingClient } = await import('./scaling-sdk.ts');
    return createScalingClient(shared as Parameters<typeof createScalingClient>[0]);
  });
  const balancing = lazyClient(undefined, async () => {
    const { createBalancingClient } = await import('./balancing-sdk.ts');
    return createBalancingClient(shared as Parameters<typeof createBalancingClient>[0]);
  });
  const files = lazyClient(undefined, async () => {
    const { createFileClient } = await import('./efs-sdk.ts');
    return createFileClient(shared as Parameters<typeof createFileClient>[0]);
  });
  // `ECSClient.send` has one overload per command; a table of commands matches none of them.
  const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>;
  return {
    send: async <Operation extends EcsOperation>(
      operation: Operation,
      input: EcsOperations[Operation][0],
      signal?: AbortSignal,
    ) => {
      const output = isOfEcs(operation)
        ? await send(new commands[operation](input as never), { abortSignal: signal })
        : operation in ofFiles
          ? await (await files.get()).send(operation as keyof FileOperations, input, signal)
          : operation in ofScaling
            ? await (await scaling.get()).send(operation as keyof ScalingOperations, input, signal)
            : await (await balancing.get()).send(operation as keyof BalancingOperations, input, signal);
      return output as EcsOperations[Operation][1];
    },
    close() {
      client.destroy();
      void scaling.close();
      void balancing.close();
      void files.close();
    },
  };
}

function isOfEcs(operation: EcsOperation): operation is OfEcs {
  return operation in commands;
}
