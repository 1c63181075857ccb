import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { OperationName } from '../../functions/operations.ts';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import { functionCode } from './function-code.ts';

/** The network of functions that have to reach resources inside a VPC. */
export interface FunctionNetwork {
  vpc: IVpc;
  /** Default: the private subnets. They need a route to AWS and to the backends of providers. */
  subnets?: SubnetSelection | undefined;
  /** Default: a new one for each function. */
  securityGroups?: ISecurityGroup[] | undefined;
}

export interface OperationFunctionProps {
  /** Names the row, the file in `functions/` and the logs. */
  operation: OperationName;
  /** MB. Lambda allots CPU in proportion. */
  memory: number;
  timeout: Duration;
  environment: Readonly<Record<string, string>>;
  permissions: readonly PermissionStatement[];
  /** Provider types in the bundled code. */
  providerTypes: readonly string[];
  /** Concurrency reserved from that of the account, and the limit of the function. Undefined: no reservation, no limit. */
  reservedConcurrency?: number | undefined;
  logRetention: RetentionDays;
  network?: FunctionNetwork | undefined;
}

/** Permissions for network interfaces. IAM cannot restrict them to interfaces that do not exist yet. */
const NETWORKING: PermissionStatement = {
  reason: 'Lambda creates the network interfaces of a function in a VPC, whose ids are unknown before',
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
  ],
  resources: ['*'],
};

const TRACING: PermissionStatement = {
  reason: 'X-Ray has no resource-level permissions',
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resources: ['*'],
};

/** One operation as a Lambda function, with its own role and its own log group. */
export class OperationFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: OperationFunctionProps) {
    super(scope, id);
    const { operation, memory, timeout, environment, network } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const permissions = [...props.permissions, TRACING, ...(network ? [NETWORKING] : [])];
    const role = createRole(this, operation, permissions);
    logGroup.grantWrite(role);
    this.function = new LambdaFunction(this, 'Function', {
      handler: `${operation}.handler`,
      description: `Berth: ${operation}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(network && {
        vpc: network.vpc,
        ...(network.subnets && { vpcSubnets: network.subnets }),
        ...(network.securityGroups && { securityGroups: network.securityGroups }),
      }),
      environment,
      code: functionCode(props.providerTypes),
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ':
        'no asynchronous invocation is lost: requests return, queues have dead letters, the schedule repeats',
    });
  }
}

function createRole(scope: Construct, operation: string, permissions: readonly PermissionStatement[]): Role {
  const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
  const role = new Role(scope, 'Role', { assumedBy, description: `Berth: ${operation}` });
  for (const { actions, resources, conditions } of permissions) {
    const statement = { effect: Effect.ALLOW, actions: [...actions], resources: [...resources] };
    role.addToPolicy(
      new PolicyStatement({ ...statement, ...(conditions && { conditions: structuredClone(conditions) }) }),
    );
  }
  acknowledgeWildcards(role, permissions);
  return role;
}
