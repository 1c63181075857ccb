import { CfnOutput, Names, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Trigger } from '../functions/operations/row.ts';
import { type OperationName, operations, type RoutedOperation, triggersOf } from '../functions/operations.ts';
import { requestDetails } from '../src/events/request.ts';
import { ANNOUNCEMENT_SOURCE } from '../src/tenants/model/announcing.ts';
import { HttpApi, type HttpApiSettings } from './api/http-api.ts';
import { checkProviders } from './check-providers.ts';
import { AnnouncementPolicy } from './events/announcement-policy.ts';
import { BackendEvents } from './events/backend-events.ts';
import { EventSchemas } from './events/event-schemas.ts';
import type { QueueWithDeadLetters } from './events/queue-with-dead-letters.ts';
import { changeSource, queueSource, sweepSchedule, workSource } from './events/triggers.ts';
import { type FunctionSettings, OperationFunctions } from './functions/operation-functions.ts';
import { State, type StateProps } from './state/state.ts';
import { Alarms, type Watched } from './watch/alarms.ts';
import { Dashboard } from './watch/dashboard.ts';
import { dashboardUrl } from './watch/dashboard-url.ts';
import { type InstallationMetrics, metricsOf } from './watch/metrics.ts';

export interface BerthProps extends FunctionSettings, HttpApiSettings, Pick<StateProps, 'table' | 'bus'> {
  /** The state, from a stack of its own. Default: a new one in this stack, with `table` and `bus` if given. */
  state?: State | undefined;
  /** Concurrent batches of requests from the bus. Default: 10. */
  requestConcurrency?: number | undefined;
  /** Receives every alarm, and its end. Default: none; alarms are visible in CloudWatch. */
  alarmTopic?: ITopic | undefined;
  /** URL of your copy of `docs/runbook.md`, for the links in alarm descriptions. */
  runbookUrl?: string | undefined;
  /** Retention of every log group. Default: three months. */
  logRetention?: RetentionDays | undefined;
}

/** Default number of concurrent batches of each queue. */
const REQUEST_CONCURRENCY = 10;
const BACKEND_EVENT_CONCURRENCY = 5;

/**
 * A control plane for per-tenant compute: the HTTP API, one function for each operation, the bus for requests and
 * announcements, the sweep, alarms and a dashboard.
 */
export class Berth extends Construct {
  readonly state: State;
  readonly http: HttpApi;
  readonly functions: ReadonlyMap<OperationName, IFunction>;
  readonly alarms: Alarms;
  /** Metrics of this installation, for other alarms and dashboards. */
  readonly metrics: InstallationMetrics;

  constructor(scope: Construct, id: string, props: BerthProps) {
    super(scope, id);
    const { providers, table, bus } = props;
    checkProviders(providers);
    this.state = props.state ?? new State(this, 'State', { table, bus });
    const installation = this.#installationName();
    this.metrics = metricsOf(installation);
    const logRetention = props.logRetention ?? RetentionDays.THREE_MONTHS;
    const { byOperation } = new OperationFunctions(this, 'Functions', {
      ...props,
      installation,
      state: this.state,
      logRetention,
    });
    this.functions = byOperation;
    this.http = new HttpApi(this, 'Http', { ...props, functions: this.functions, logRetention });
    const backend = this.#connectTriggers(props);
    if (this.state.ownsBus) {
      const announcers = [...this.functions].filter(([operation]) => operations[operation].announces);
      new AnnouncementPolicy(this, 'AnnouncementPolicy', {
        bus: this.state.bus,
        announcers: announcers.map(([, fn]) => fn),
      });
    }
    new EventSchemas(this, 'Schemas');
    const watched: Watched = {
      metrics: this.metrics,
      http: this.http,
      functions: this.functions,
      providers: Object.keys(providers),
      queues: { Requests: this.state.requests.queue, ...(backend && { BackendEvents: backend.queue }) },
      deadLetters: {
        Requests: this.state.requests.deadLetters,
        Changes: this.state.changesDeadLetters,
        ...(backend && { BackendEvents: backend.deadLetters }),
      },
    };
    this.alarms = new Alarms(this, 'Alarms', { ...watched, topic: props.alarmTopic, runbookUrl: props.runbookUrl });
    const { dashboard } = new Dashboard(this, 'Overview', watched);
    const outputs = {
      Endpoint: [this.http.api.apiEndpoint, 'URL of the HTTP API'],
      BusName: [this.state.bus.eventBusName, 'Bus for requests and announcements'],
      TableName: [this.state.table.tableName, 'Table of the tenants'],
      RequestQueue: [this.state.requests.queue.queueArn, 'Queue of the requests from the bus'],
      RequestDeadLetters: [this.state.requests.deadLetters.queueArn, 'Dead letters of the requests'],
      Announcer: [
        byOperation.get('on-tenant-changed')?.functionName ?? '',
        'Function that announces, and repeats announcements on demand',
      ],
      Dashboard: [dashboardUrl(dashboard), 'Dashboard of this installation'],
    };
    for (const [output, [value = '', description = '']] of Object.entries(outputs)) {
      new CfnOutput(this, output, { value, description });
    }
  }

  /** Grants the right to call one operation, or all of them; see `HttpApi.grantInvoke` for what a grant includes. */
  grantInvoke(grantee: IGrantable, operation?: RoutedOperation): Grant {
    return this.http.grantInvoke(grantee, operation);
  }

  /** Grants the right to put requests on the bus, but no announcements: the source of Berth is excluded. */
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

  /**
   * Returns the name of the installation in logs and metrics: the name of the stack, which is unique in the account and
   * region, and for another installation in the same stack also its path.
   */
  #installationName(): string {
    const stack = Stack.of(this);
    const others = stack.node.findAll().filter((each) => each instanceof Berth && Stack.of(each) === stack);
    return others.length > 1 ? Names.uniqueResourceName(this, { maxLength: 255, separator: '-' }) : stack.stackName;
  }

  /** Connects the functions without a route to their triggers. Returns the queue of backend events, if there is one. */
  #connectTriggers(props: BerthProps): QueueWithDeadLetters | undefined {
    const { requests, table, changesDeadLetters } = this.state;
    let backend: QueueWithDeadLetters | undefined;
    const connect: Record<Trigger, (consumer: IFunction) => void> = {
      'unmatched-request': () => undefined, // HttpApi makes its route.
      schedule: (consumer) => sweepSchedule(this, 'Sweep', consumer),
      'request-queue': (consumer) => {
        const maxConcurrency = props.requestConcurrency ?? REQUEST_CONCURRENCY;
        queueSource(this, 'RequestSource', { queue: requests.queue, consumer, maxConcurrency });
      },
      'change-stream': (consumer) => {
        const streamArn = table.tableStreamArn ?? '';
        changeSource(this, 'ChangeSource', { streamArn, consumer, deadLetters: changesDeadLetters });
      },
      'work-recorded': (consumer) =>
        workSource(this, 'WorkSource', { streamArn: table.tableStreamArn ?? '', consumer }),
      'backend-events': (consumer) => {
        backend = new BackendEvents(this, 'BackendEvents', props).events;
        const maxConcurrency = BACKEND_EVENT_CONCURRENCY;
        queueSource(this, 'BackendEventSource', { queue: backend.queue, consumer, maxConcurrency });
      },
    };
    for (const [operation, consumer] of this.functions) {
      for (const trigger of triggersOf(operation)) connect[trigger](consumer);
    }
    return backend;
  }
}
