import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogLevel } from '../../functions/runtime/setup/config.ts';
import { constructId } from '../construct-id.ts';
import { busAccess } from '../events/bus-access.ts';
import type { ProviderSettings } from '../events/provider-events.ts';
import type { State } from '../state/state.ts';
import { type FunctionNetwork, OperationFunction } from './operation-function.ts';
import { operationsOf } from './operations.ts';
import { providerPermissions } from './provider-access.ts';
import { reservedConcurrencyOf } from './reserved-concurrency.ts';
import { sizeOf } from './sizes.ts';
import { streamPermissions, tableAccess } from './table-access.ts';

export interface OperationFunctionsProps {
  /** What their logs and metrics call it. */
  installation: string;
  providers: ProviderSettings;
  state: State;
  reservedConcurrency?: number | false | undefined;
  network?: FunctionNetwork | undefined;
  logLevel?: LogLevel | undefined;
  logRetention: RetentionDays;
}

/** A function for every operation, each with what it needs and no more. */
export class OperationFunctions extends Construct {
  readonly byOperation: ReadonlyMap<string, IFunction>;

  constructor(scope: Construct, id: string, props: OperationFunctionsProps) {
    super(scope, id);
    this.byOperation = new Map(
      operationsOf(props.providers).map((operation) => [operation, this.#make(operation, props)]),
    );
  }

  #make(operation: string, props: OperationFunctionsProps): IFunction {
    const { installation, providers, state, network, logLevel, logRetention } = props;
    const bus = busAccess(operation, state.bus);
    const table = tableAccess(operation, state.table);
    const { tableStreamArn } = state.table;
    const { function: made } = new OperationFunction(this, constructId(operation), {
      operation,
      ...sizeOf(operation),
      environment: {
        BERTH_PROVIDERS: JSON.stringify(providers),
        BERTH_DATA_DIR: '/tmp/berth',
        BERTH_INSTALLATION: installation,
        ...(logLevel && { BERTH_LOG_LEVEL: logLevel }),
        ...table.environment,
        ...bus.environment,
      },
      permissions: [
        ...table.permissions,
        ...providerPermissions(operation, providers),
        ...bus.permissions,
        ...(operation === 'on-tenant-changed' && tableStreamArn ? streamPermissions(tableStreamArn) : []),
      ],
      providerTypes: Object.values(providers).map(({ type }) => type),
      reservedConcurrency: reservedConcurrencyOf(operation, props),
      network,
      logRetention,
    });
    return made;
  }
}
