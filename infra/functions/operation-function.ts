import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import { functionCode } from './function-code.ts';

/** Where functions run when they have to reach something inside a VPC. */
export interface FunctionNetwork {
  vpc: IVpc;
  /** Default: the private subnets. They need a way out, to AWS and to what providers talk to. */
  subnets?: SubnetSelection | undefined;
  /** Default: one is made for each function. */
  securityGroups?: ISecurityGroup[] | undefined;
}

export interface OperationFunctionProps {
  /** The file in `functions/`, and the operation's name everywhere else. */
  operation: string;
  /** In MB; CPU comes in proportion to it. */
  memory: number;
  timeout: Duration;
  environment: Readonly<Record<string, string>>;
  permissions: readonly PermissionStatement[];
  /** The types of provider that the code is to have. */
  providerTypes: readonly string[];
  /** How many may run at once, kept back from what the account has; undefined is no bound and nothing kept back. */
  reservedConcurrency?: number | undefined;
  logRetention: RetentionDays;
  network?: FunctionNetwork | undefined;
}

/** For its network interfaces; IAM can bind none of it to an interface that is not there yet. */
const NETWORKING: PermissionStatement = {
  reason: 'Lambda makes the network interfaces of a function in a VPC, which have no names before',
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
  ],
  resources: ['*'],
};

const TRACING: PermissionStatement = {
  reason: 'X-Ray has no resources to name',
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resources: ['*'],
};

/** One operation as a Lambda function, with a role of its own that can do what this operation needs, and a log group. */
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
        'nothing invokes it asynchronously that is not repeated: requests answer, queues have dead letters, the clock comes again',
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
