import { Duration } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { routes } from '../functions/routes.ts';
import { HttpApi } from './http-api.ts';
import { OperationFunction } from './operation-function.ts';
import { providerPermissions } from './provider-access.ts';
import { sizeOf } from './sizes.ts';
import { tablePermissions } from './table-access.ts';
import { TenantsTable } from './tenants-table.ts';

export interface BerthProps {
  /** Provider name → `{ type, …defaults }`, as `BERTH_PROVIDERS` has it. */
  providers: Readonly<Record<string, { type: string; [setting: string]: unknown }>>;
  /** A table of your own, with the keys and indexes of `tableDefinition`. Default: one is made, and kept. */
  table?: ITableV2 | undefined;
  /** Who may call. Default: whoever IAM allows. */
  authorizer?: IHttpRouteAuthorizer | undefined;
}

/** A control plane for per-tenant compute: the HTTP API, one function per operation, the table, and the sweep. */
export class Berth extends Construct {
  readonly table: ITableV2;
  readonly api: HttpApi;
  readonly functions: ReadonlyMap<string, IFunction>;

  constructor(scope: Construct, id: string, { providers, table, authorizer }: BerthProps) {
    super(scope, id);
    this.table = (table ?? new TenantsTable(this, 'Tenants').table) as ITableV2; // the library’s own types differ in optional fields
    const environment = {
      BERTH_PROVIDERS: JSON.stringify(providers),
      BERTH_TABLE: this.table.tableName,
      BERTH_DATA_DIR: '/tmp/berth',
    };
    const make = (operation: string): [string, IFunction] => {
      const permissions = [...tablePermissions(operation, this.table), ...providerPermissions(operation, providers)];
      const made = new OperationFunction(this, operation, {
        operation,
        environment,
        permissions,
        providerTypes: Object.values(providers).map(({ type }) => type),
        ...sizeOf(operation),
      });
      return [operation, made.function];
    };
    const operations = [...routes.map((route) => route.operation), 'unmatched-route', 'on-sweep'];
    this.functions = new Map(operations.map(make));
    this.api = new HttpApi(this, 'Http', { functions: this.functions, authorizer });
    this.#sweepEveryMinute();
  }

  /** Allows somebody to call every operation of the API. */
  grantInvoke(grantee: IGrantable): void {
    const resources = [this.api.api.arnForExecuteApi('*', '/*', '$default')];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['execute-api:Invoke'], resources }));
  }

  #sweepEveryMinute(): void {
    const sweep = this.functions.get('on-sweep');
    if (!sweep) return;
    const targets = [new LambdaFunction(sweep, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })];
    new Rule(this, 'Sweep', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets,
      description: 'Berth: finishes what was left unfinished',
    });
  }
}
