import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Architecture, type IFunction, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { usesProviders } from '../../functions/operations/uses-providers.ts';
import { type OperationName, operations, triggersOf } from '../../functions/operations.ts';
import type { LogLevel } from '../../functions/runtime/setup/config.ts';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { acknowledge } from '../acknowledge.ts';
import { constructId } from '../construct-id.ts';
import { providersWithEvents, registeredProviders } from '../registered-providers.ts';
import type { ProviderSettings } from '../settings.ts';
import type { State } from '../state/state.ts';
import { accessOf, providerPermissions } from './access.ts';
import { checkEnvironment } from './environment.ts';
import { functionCode } from './function-code.ts';
import { Roles } from './role.ts';

/** The network of functions that have to reach resources inside a VPC. */
export interface FunctionNetwork {
  vpc: IVpc;
  /** Default: the private subnets. They need a route to AWS and to the backends of providers. */
  subnets?: SubnetSelection | undefined;
  /** Default: a new one for each function. */
  securityGroups?: ISecurityGroup[] | undefined;
}

export interface FunctionSettings {
  /** The providers: name → `{ type, …settings }`. */
  providers: ProviderSettings;
  /** The VPC of the functions. Default: none. */
  network?: FunctionNetwork | undefined;
  /**
   * Reserved concurrency of each function that changes tenants, which protects a backend that throttles. Default: 10 with
   * ECS, otherwise none. `false` reserves none, for accounts with less than 100 unreserved concurrent executions.
   */
  reservedConcurrency?: number | false | undefined;
  /**
   * How many callers can wait for operations at a time: the reserved concurrency of `get-operation`. Default: 100, or none
   * reserved where `reservedConcurrency` is `false`.
   */
  waitingConcurrency?: number | undefined;
  /** Default: `INFO`. */
  logLevel?: LogLevel | undefined;
  /** Seconds for which a change of health has to hold before it counts, 0 to 3600. Default: 20. */
  healthHoldSeconds?: number | undefined;
}

export interface OperationFunctionsProps extends FunctionSettings {
  /** Name of the installation in logs and metrics. */
  installation: string;
  state: State;
  logRetention: RetentionDays;
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

/** One function for each row of the table of operations, with its own role and its own log group. */
export class OperationFunctions extends Construct {
  readonly byOperation: ReadonlyMap<OperationName, IFunction>;
  readonly #roles = new Roles(this, 'Roles');

  constructor(scope: Construct, id: string, props: OperationFunctionsProps) {
    super(scope, id);
    const names = operationsOf(props.providers);
    this.byOperation = new Map(names.map((operation) => [operation, this.#make(operation, props)]));
  }

  #make(operation: OperationName, props: OperationFunctionsProps): IFunction {
    const { installation, providers, state, network, logLevel, healthHoldSeconds, logRetention: retention } = props;
    const { memory, timeout } = operations[operation];
    const reserved = concurrencyOf(operation, props);
    const { environment, permissions } = accessOf(operation, state);
    const isUser = usesProviders(operation);
    const variables = {
      ...(isUser && { BERTH_PROVIDERS: JSON.stringify(providers) }),
      BERTH_DATA_DIR: '/tmp/berth',
      BERTH_INSTALLATION: installation,
      ...(logLevel && { BERTH_LOG_LEVEL: logLevel }),
      ...(healthHoldSeconds !== undefined && { BERTH_HEALTH_HOLD_SECONDS: String(healthHoldSeconds) }),
      ...environment,
    };
    checkEnvironment(operation, variables, isUser ? providers : {});
    const scope = new Construct(this, constructId(operation));
    const logGroup = new LogGroup(scope, 'Logs', { retention, removalPolicy: RemovalPolicy.DESTROY });
    const { role, policies } = this.#roles.create(scope, operation, {
      own: [...permissions, TRACING, ...(network ? [NETWORKING] : [])],
      ofProviders: providerPermissions(operation, providers),
    });
    logGroup.grantWrite(role);
    const made = new LambdaFunction(scope, 'Function', {
      handler: `${operation}.handler`,
      description: `Berth: ${operation}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
      ...(network && {
        vpc: network.vpc,
        ...(network.subnets && { vpcSubnets: network.subnets }),
        ...(network.securityGroups && { securityGroups: network.securityGroups }),
      }),
      // Settings with tokens are text that CloudFormation joins.
      environment: { ...variables, ...(isUser && { BERTH_PROVIDERS: Stack.of(this).toJsonString(providers) }) },
      code: functionCode(isUser ? Object.values(providers).map(({ type }) => type) : []),
    });
    made.node.addDependency(...policies);
    acknowledge(made, {
      'Serverless-LambdaDLQ':
        'no asynchronous invocation is lost: requests return, queues have dead letters, the schedule repeats',
    });
    return made;
  }
}

/** Returns the operations of an installation: all of them, except one for backend events where no backend sends any. */
function operationsOf(providers: ProviderSettings): OperationName[] {
  const hasEvents = providersWithEvents(providers).length > 0;
  const names = Object.keys(operations) as OperationName[];
  return names.filter((operation) => hasEvents || !triggersOf(operation).includes('backend-events'));
}

const WAITING_CONCURRENCY = 100;

/** Returns the reserved concurrency of a function, or undefined where none is reserved. */
function concurrencyOf(operation: OperationName, settings: FunctionSettings): number | undefined {
  const { reservesConcurrency } = operations[operation];
  if (!reservesConcurrency) return undefined;
  if (reservesConcurrency === 'changing') return changingConcurrency(settings);
  return settings.reservedConcurrency === false ? undefined : (settings.waitingConcurrency ?? WAITING_CONCURRENCY);
}

function changingConcurrency({ providers, reservedConcurrency }: FunctionSettings): number | undefined {
  if (reservedConcurrency !== undefined) return reservedConcurrency || undefined;
  const limits = registeredProviders(providers).flatMap(({ descriptor }) => descriptor.maxConcurrentChanges ?? []);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
