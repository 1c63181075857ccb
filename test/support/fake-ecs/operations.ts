import { efsOperations } from '../fake-efs/efs-operations.ts';
import { balancingOperations } from './balancing-operations.ts';
import { definitionOperations } from './definition-operations.ts';
import { deploymentOperations } from './deployment-operations.ts';
import type { EcsState } from './ecs-state.ts';
import { gatewayOperations } from './gateway-operations.ts';
import { readOperations } from './read-operations.ts';
import { scalingOperations } from './scaling-operations.ts';
import { serviceOperations } from './service-operations.ts';

const all = {
  ...definitionOperations,
  ...serviceOperations,
  ...readOperations,
  ...deploymentOperations,
  ...scalingOperations,
  ...gatewayOperations,
  ...balancingOperations,
  ...efsOperations,
};

export type OperationName = keyof typeof all;

/** All operations by name. Input from the wire is untyped, and each operation checks the fields that it uses. */
export const operations = all as unknown as Readonly<Record<string, (state: EcsState, input: unknown) => object>>;

/** Operations that share a rate limit. */
export type ThrottleGroup = 'definition writes' | 'service writes' | 'service reads' | 'reads';

const groups: Readonly<Partial<Record<string, ThrottleGroup>>> = {
  RegisterTaskDefinition: 'definition writes',
  DeregisterTaskDefinition: 'definition writes',
  DeleteTaskDefinitions: 'definition writes',
  CreateService: 'service writes',
  UpdateService: 'service writes',
  DeleteService: 'service writes',
  ContinueServiceDeployment: 'service writes',
  StopServiceDeployment: 'service writes',
  TagResource: 'service writes',
  UntagResource: 'service writes',
  DescribeServices: 'service reads',
  ListServices: 'service reads',
};

export function groupOf(operation: string): ThrottleGroup {
  return groups[operation] ?? 'reads';
}
