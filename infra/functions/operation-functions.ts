import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type OperationName, operations, triggerOf } from '../../functions/operations.ts';
import type { LogLevel } from '../../functions/runtime/telemetry/log-levels.ts';
import { constructId } from '../construct-id.ts';
import { providersWithEvents } from '../events/backend-events.ts';
import type { ProviderSettings } from '../settings.ts';
import type { State } from '../state/state.ts';
import { accessOf } from './access.ts';
import { type FunctionNetwork, OperationFunction } from './operation-function.ts';

export interface OperationFunctionsProps {
  /** Name of the installation in logs and metrics. */
  installation: string;
  providers: ProviderSettings;
  state: State;
  reservedConcurrency?: number | false | undefined;
  network?: FunctionNetwork | undefined;
  logLevel?: LogLevel | undefined;
  logRetention: RetentionDays;
}

/**
 * Concurrent calls of each operation that the API of a backend type tolerates. ECS has one token bucket for each group of
 * actions: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
const backendLimits: Readonly<Record<string, number>> = { ecs: 10 };

/** Makes one function for each row of the table of operations. */
export class OperationFunctions extends Construct {
  readonly byOperation: ReadonlyMap<OperationName, IFunction>;
  /** Functions with reserved concurrency. */
  readonly bounded: ReadonlySet<OperationName>;

  constructor(scope: Construct, id: string, props: OperationFunctionsProps) {
    super(scope, id);
    const names = operationsOf(props.providers);
    const limit = concurrencyLimit(props);
    this.bounded = new Set(
      limit === undefined ? [] : names.filter((operation) => operations[operation].reservesConcurrency),
    );
    this.byOperation = new Map(names.map((operation) => [operation, this.#make(operation, props, limit)]));
  }

  #make(operation: OperationName, props: OperationFunctionsProps, limit: number | undefined): IFunction {
    const { installation, providers, state, network, logLevel, logRetention } = props;
    const { memory, timeout } = operations[operation];
    const { environment, permissions } = accessOf(operation, { ...state, providers });
    return new OperationFunction(this, constructId(operation), {
      operation,
      memory,
      timeout: Duration.seconds(timeout),
      environment: {
        BERTH_PROVIDERS: JSON.stringify(providers),
        BERTH_DATA_DIR: '/tmp/berth',
        BERTH_INSTALLATION: installation,
        ...(logLevel && { BERTH_LOG_LEVEL: logLevel }),
        ...environment,
      },
      permissions,
      providerTypes: Object.values(providers).map(({ type }) => type),
      reservedConcurrency: this.bounded.has(operation) ? limit : undefined,
      network,
      logRetention,
    }).function;
  }
}

/** Returns the operations of an installation: all of them, except one for backend events where no backend sends any. */
function operationsOf(providers: ProviderSettings): OperationName[] {
  const hasEvents = providersWithEvents(providers).length > 0;
  const names = Object.keys(operations) as OperationName[];
  return names.filter((operation) => hasEvents || triggerOf(operation) !== 'backend-events');
}

/** Returns the concurrency of each function that reserves some, or undefined where none is reserved. */
function concurrencyLimit({ providers, reservedConcurrency }: OperationFunctionsProps): number | undefined {
  if (reservedConcurrency !== undefined) return reservedConcurrency || undefined;
  const limits = Object.values(providers).flatMap(({ type }) => backendLimits[type] ?? []);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
