import type { CreateServiceCommandInput, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { EcsOperation, EcsOperations } from '../../../src/providers/ecs/api/client.ts';
import { sdkClient } from '../../providers/ecs/ecs-subject.ts';
import { type FakeEcsOptions, REGION, startFakeEcs } from './fake-ecs.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/execution';

/** Opens a fake with a manual clock, and the real SDK on it. */
export async function openBare(options: FakeEcsOptions = {}) {
  let time = Date.parse('2026-11-01T00:00:00Z');
  const fake = await startFakeEcs({ now: () => time, roles: [ROLE], ...options });
  const client = sdkClient(fake);
  const send = <Operation extends EcsOperation>(operation: Operation, input: EcsOperations[Operation][0]) =>
    client.send(operation, input);
  return {
    fake,
    send,
    /** Returns the error of a call as `name: message`. */
    refused: async <Operation extends EcsOperation>(operation: Operation, input: EcsOperations[Operation][0]) => {
      const error = await send(operation, input).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      return error && `${error.name}: ${error.message}`;
    },
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    async [Symbol.asyncDispose]() {
      client.close?.();
      await fake.close();
    },
  };
}

export const definition: RegisterTaskDefinitionCommandInput = {
  family: 'app',
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  containerDefinitions: [{ name: 'web', image: 'good.example/app:1', portMappings: [{ containerPort: 80 }] }],
};

export const [first, second] = [1, 2].map(
  (revision) => `arn:aws:ecs:${REGION}:123456789012:task-definition/app:${revision}`,
);
export const creation: CreateServiceCommandInput = {
  cluster: 'tenants',
  serviceName: 'app',
  taskDefinition: first,
  desiredCount: 1,
  launchType: 'FARGATE',
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0aaaaaaa'] } },
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
};

export const [container = {}] = definition.containerDefinitions ?? [];
export const withContainer = (changes: object) => ({
  ...definition,
  containerDefinitions: [{ ...container, ...changes }],
});
export const many = (count: number) => Array.from({ length: count }, (_, index) => index);
