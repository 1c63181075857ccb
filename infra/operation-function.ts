import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PermissionStatement } from '../src/compute/permissions.ts';
import { functionCode } from './bundling.ts';

export interface OperationFunctionProps {
  /** The file in `functions/`, and the operation's name everywhere else. */
  operation: string;
  /** In MB; CPU comes in proportion to it. */
  memory: number;
  timeout: Duration;
  environment: Readonly<Record<string, string>>;
  permissions: readonly PermissionStatement[];
  /** The types of provider that the code is to have. Default: all. */
  providerTypes?: readonly string[] | undefined;
}

/** One operation as a Lambda function, with a role of its own that can do what this operation needs, and a log group. */
export class OperationFunction extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: OperationFunctionProps) {
    super(scope, id);
    const { operation, memory, timeout, environment, permissions, providerTypes } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Berth: ${operation}`,
    });
    logGroup.grantWrite(role);
    for (const { actions, resources, conditions } of permissions) {
      const statement = { effect: Effect.ALLOW, actions: [...actions], resources: [...resources] };
      role.addToPolicy(
        new PolicyStatement({ ...statement, ...(conditions && { conditions: structuredClone(conditions) }) }),
      );
    }
    this.function = new NodejsFunction(this, 'Function', {
      handler: 'index.handler',
      description: `Berth: ${operation}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout,
      role,
      logGroup,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
      code: functionCode({ operation, types: providerTypes }),
    });
  }
}
