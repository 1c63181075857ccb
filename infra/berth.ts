import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { CorsPreflightOptions, IHttpRouteAuthorizer, ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { OperationName } from '../functions/routes.ts';
import type { LogLevel } from '../functions/runtime/setup/config.ts';
import { requestDetails } from '../src/events/request.ts';
import { ANNOUNCEMENT_SOURCE } from '../src/tenants/model/announcing.ts';
import { HttpApi, type Jwt } from './api/http-api.ts';
import { checkProviders } from './check-providers.ts';
import { ProviderNews } from './events/backend-events.ts';
import { changeSource } from './events/change-source.ts';
import { EventSchemas } from './events/event-schemas.ts';
import { type ProviderSettings, providersWithEvents } from './events/provider-events.ts';
import { queueSource } from './events/queue-source.ts';
import type { QueueWithDeadLetters } from './events/queue-with-dead-letters.ts';
import { sweepSchedule } from './events/sweep-schedule.ts';
import type { FunctionNetwork } from './functions/operation-function.ts';
import { OperationFunctions } from './functions/operation-functions.ts';
import type { BackgroundOperation } from './functions/operations.ts';
import { reservedConcurrencyOf } from './functions/reserved-concurrency.ts';
import { State } from './state/state.ts';
import { Alarms, type Watched } from './watch/alarms.ts';
import { Dashboard } from './watch/dashboard.ts';
import { type InstallationMetrics, metricsOf, type OperationDimensions } from './watch/metrics.ts';

export interface BerthProps {
  /** Provider name → `{ type, …defaults }`, as `BERTH_PROVIDERS` has it. */
  providers: ProviderSettings;
  /** What outlives deployments, in a stack of its own. Default: it is made here. */
  state?: State | undefined;
  /** A table of your own, where there is no `state`; see `StateProps`. */
  table?: ITableV2 | undefined;
  /** A bus of your own, where there is no `state`. */
  bus?: IEventBus | undefined;
  /** Callers show a token instead of signing requests with IAM. */
  jwt?: Jwt | undefined;
  /** Who may call, by an authorizer of your own. */
  authorizer?: IHttpRouteAuthorizer | undefined;
  /** For browsers on other origins. Default: none may. */
  cors?: CorsPreflightOptions | undefined;
  /** Of the HTTP API. Default: 100 requests a second, 200 at a time. */
  throttle?: ThrottleSettings | undefined;
  /** Where functions run that have to reach a VPC. Default: in none. */
  network?: FunctionNetwork | undefined;
  /** How many batches of requests by event are worked on at once. Default 10. */
  requestConcurrency?: number | undefined;
  /**
   * How many of each function that changes tenants may run at once, so that a backend which throttles is not overrun.
   * Default: 10 with ECS, otherwise no bound. An account that has less than 100 to spare cannot reserve any: `false`.
   */
  reservedConcurrency?: number | false | undefined;
  /** Told of alarms. Default: they are to be seen in CloudWatch only. */
  alarmTopic?: ITopic | undefined;
  /** Where your copy of `docs/runbook.md` is published; descriptions of alarms begin their links with it. */
  runbookUrl?: string | undefined;
  /** Default: INFO. */
  logLevel?: LogLevel | undefined;
  /** Default: three months. */
  logRetention?: RetentionDays | undefined;
}

const REQUESTS_AT_ONCE = 10;
const NEWS_AT_ONCE = 5;

/**
 * A control plane for per-tenant compute: the HTTP API, one function per operation, requests and announcements on a bus, the
 * sweep, and what watches all of it.
 */
export class Berth extends Construct {
  readonly state: State;
  readonly http: HttpApi;
  readonly functions: ReadonlyMap<string, IFunction>;
  readonly alarms: Alarms;
  readonly #metrics: InstallationMetrics;

  constructor(scope: Construct, id: string, props: BerthProps) {
    super(scope, id);
    const { providers, table, bus } = props;
    checkProviders(providers);
    this.state = props.state ?? new State(this, 'State', { table, bus });
    // No other installation of the account and region has it, unless one stack holds two.
    const installation = Stack.of(this).stackName;
    this.#metrics = metricsOf(installation);
    const logRetention = props.logRetention ?? RetentionDays.THREE_MONTHS;
    this.functions = new OperationFunctions(this, 'Functions', {
      ...props,
      installation,
      state: this.state,
      logRetention,
    }).byOperation;
    this.http = new HttpApi(this, 'Http', { ...props, functions: this.functions, logRetention });
    const news = this.#listen(props);
    sweepSchedule(this, 'Sweep', this.#function('on-sweep'));
    new EventSchemas(this, 'Schemas', { registryName: `${Stack.of(this).stackName}-${this.node.id}` });
    const watched: Watched = {
      metrics: this.#metrics,
      http: this.http,
      functions: this.functions,
      providers: Object.keys(providers),
      bounded: [...this.functions.keys()].filter((operation) => reservedConcurrencyOf(operation, props) !== undefined),
      queues: { Requests: this.state.requests.queue, ...(news && { ProviderNews: news.queue }) },
      deadLetters: {
        Requests: this.state.requests.deadLetters,
        Changes: this.state.changesDeadLetters,
        ...(news && { ProviderNews: news.deadLetters }),
      },
    };
    this.alarms = new Alarms(this, 'Alarms', { ...watched, topic: props.alarmTopic, runbookUrl: props.runbookUrl });
    const { dashboard } = new Dashboard(this, 'Overview', watched);
    this.#tell({
      Endpoint: [this.http.api.apiEndpoint, 'Where the HTTP API answers'],
      BusName: [this.state.bus.eventBusName, 'The bus for requests and announcements'],
      TableName: [this.state.table.tableName, 'The table that tenants live in'],
      RequestQueue: [this.state.requests.queue.queueArn, 'Where requests by event wait'],
      RequestDeadLetters: [this.state.requests.deadLetters.queueArn, 'Requests that could not be processed'],
      Announcer: [this.#function('on-tenant-changed').functionName, 'Announces again what ended, when it is asked to'],
      Dashboard: [dashboardUrl(this, dashboard.dashboardName), 'How it does'],
    });
  }

  /** Allows somebody to call one operation of the API, or every one of them; see `HttpApi.grantInvoke` for what comes along. */
  grantInvoke(grantee: IGrantable, operation?: OperationName): Grant {
    return this.http.grantInvoke(grantee, operation);
  }

  /** Allows somebody to ask for tenants by event: to put requests on the bus, and not in Berth's name. */
  grantRequest(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['events:PutEvents'],
      resourceArns: [this.state.bus.eventBusArn],
      conditions: {
        'ForAllValues:StringNotEquals': { 'events:source': ANNOUNCEMENT_SOURCE },
        'ForAllValues:StringEquals': { 'events:detail-type': Object.keys(requestDetails) },
      },
    });
  }

  /** How many calls to a provider came out so. */
  metricOperations(dimensions: OperationDimensions, options?: MetricOptions): Metric {
    return this.#metrics.operations(dimensions, options);
  }

  /** How long calls to a provider took, in milliseconds. */
  metricOperationDuration(dimensions: OperationDimensions, options?: MetricOptions): Metric {
    return this.#metrics.operationDuration(dimensions, options);
  }

  /** Tenants of a provider that are failed. */
  metricFailedTenants(provider: string, options?: MetricOptions): Metric {
    return this.#metrics.failedTenants(provider, options);
  }

  /** What a provider holds and no tenant owns. */
  metricOrphanedTenants(provider: string, options?: MetricOptions): Metric {
    return this.#metrics.orphanedTenants(provider, options);
  }

  /** Tenants that a provider holds. */
  metricHeldTenants(provider: string, options?: MetricOptions): Metric {
    return this.#metrics.heldTenants(provider, options);
  }

  /** Sweeps that came to their end. */
  metricSweeps(options?: MetricOptions): Metric {
    return this.#metrics.sweeps(options);
  }

  /** Lets the functions hear: of requests, of changes to the table, and of what backends tell. */
  #listen({ providers, requestConcurrency = REQUESTS_AT_ONCE }: BerthProps): QueueWithDeadLetters | undefined {
    const { requests, table, changesDeadLetters } = this.state;
    queueSource(this, 'RequestSource', {
      queue: requests.queue,
      consumer: this.#function('on-tenant-requested'),
      maxConcurrency: requestConcurrency,
    });
    changeSource(this, 'ChangeSource', {
      streamArn: table.tableStreamArn ?? '',
      consumer: this.#function('on-tenant-changed'),
      deadLetters: changesDeadLetters,
    });
    if (providersWithEvents(providers).length === 0) return undefined;
    const { news } = new ProviderNews(this, 'ProviderNews', { providers });
    const consumer = this.#function('on-provider-event');
    queueSource(this, 'NewsSource', { queue: news.queue, consumer, maxConcurrency: NEWS_AT_ONCE });
    return news;
  }

  #function(operation: BackgroundOperation): IFunction {
    const found = this.functions.get(operation);
    if (!found) throw new Error(`There is no function ${operation}.`);
    return found;
  }

  #tell(outputs: Readonly<Record<string, readonly [value: string, description: string]>>): void {
    for (const [id, [value, description]] of Object.entries(outputs)) new CfnOutput(this, id, { value, description });
  }
}

function dashboardUrl(scope: Construct, name: string): string {
  const { region } = Stack.of(scope);
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`;
}
