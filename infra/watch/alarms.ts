import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type OperationName, triggersOf } from '../../functions/operations.ts';
import type { HttpApi } from '../api/http-api.ts';
import { constructId } from '../construct-id.ts';
import { SettingsError } from '../settings.ts';
import type { InstallationMetrics } from './metrics.ts';
import { RUNBOOK, type RunbookSection, runbookSections } from './runbook.ts';

export interface Watched {
  metrics: InstallationMetrics;
  http: HttpApi;
  functions: ReadonlyMap<OperationName, IFunction>;
  providers: readonly string[];
  /** Queues that functions read, by name. */
  queues: Readonly<Record<string, IQueue>>;
  /** Dead-letter queues by name; each should be empty. */
  deadLetters: Readonly<Record<string, IQueue>>;
}

export interface AlarmsProps extends Watched {
  /** Receives every alarm, and its end. Default: none; alarms are visible in CloudWatch. */
  topic?: ITopic | undefined;
  /** URL of the runbook. Default: its path in the repository. */
  runbookUrl?: string | undefined;
}

interface Rule {
  metric: IMetric;
  threshold: number;
  /** Breaching periods out of the last ones. Default: 1 of 1. */
  periods?: [breaching: number, of: number];
  below?: boolean;
  missing?: TreatMissingData;
}

/** CloudWatch allows 1,024 characters in a description, and a title and an anchor come with the address. */
const MAX_RUNBOOK_URL = 512;

const MINUTE = { period: Duration.minutes(1) };

/** All alarms of an installation. The description of each one links to its section of the runbook. */
export class Alarms extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    if ((props.runbookUrl?.length ?? 0) > MAX_RUNBOOK_URL) {
      throw new SettingsError('The settings of the alarms are invalid:', [
        `runbook_url: must have at most ${MAX_RUNBOOK_URL} characters, to fit into the description of an alarm`,
      ]);
    }
    this.#props = props;
    this.#watchApi();
    this.#watchFunctions();
    this.#watchProviders();
    this.#watchQueues();
    this.#watchSweeps();
  }

  #watchSweeps(): void {
    const { metrics } = this.#props;
    const skipped: Rule = { metric: metrics.skippedTenants(), threshold: 1, periods: [3, 3] };
    this.#alarm('SkippedTenants', 'skipped-tenants', skipped);
    const isMissing: Rule = {
      metric: metrics.sweeps(),
      threshold: 1,
      below: true,
      missing: TreatMissingData.BREACHING,
    };
    this.#alarm('SweepNotRunning', 'sweep-not-running', isMissing);
  }

  #watchApi(): void {
    const { api } = this.#props.http;
    // So many minutes that a route with a request in five minutes is noticed too.
    const errors: Rule = { metric: api.metricServerError(MINUTE), threshold: 1, periods: [3, 15] };
    this.#alarm('ApiErrors', 'api-errors', errors);
    const slow = api.metricLatency({ ...MINUTE, statistic: 'p99' });
    // The deadline of a request is 25 s.
    this.#alarm('ApiLatency', 'api-latency', { metric: slow, threshold: 20_000, periods: [3, 5] });
  }

  /** Where a function with a route fails or is throttled, API Gateway responds with a 5xx, which `ApiErrors` counts. */
  #watchFunctions(): void {
    for (const [operation, fn] of this.#props.functions) {
      const isAsked = triggersOf(operation).every((trigger) => trigger === 'unmatched-request');
      if (isAsked) continue;
      const rule: Rule = { metric: fn.metricErrors(), threshold: 1, periods: [2, 3] };
      this.#alarm(`${constructId(operation)}Errors`, 'function-errors', rule, operation);
    }
  }

  #watchProviders(): void {
    const { metrics, providers } = this.#props;
    for (const provider of providers) {
      const name = constructId(provider);
      this.#alarm(`${name}SlowOperations`, 'slow-operations', slowOperations(metrics, provider), provider);
      const failed: Rule = { metric: metrics.failedTenants(provider), threshold: 1 };
      this.#alarm(`${name}FailedTenants`, 'failed-tenants', failed, provider);
      const unhealthy: Rule = { metric: metrics.unhealthyTenants(provider), threshold: 1, periods: [2, 2] };
      this.#alarm(`${name}UnhealthyTenants`, 'unhealthy-tenants', unhealthy, provider);
      // At the first inventory that finds one, the index may lag behind a provision.
      const orphans: Rule = { metric: metrics.orphanedTenants(provider), threshold: 1, periods: [2, 2] };
      this.#alarm(`${name}OrphanedTenants`, 'orphaned-tenants', orphans, provider);
    }
  }

  #watchQueues(): void {
    const { queues, deadLetters, functions } = this.#props;
    for (const [name, queue] of Object.entries(queues)) {
      const metric = queue.metricApproximateAgeOfOldestMessage(MINUTE);
      this.#alarm(`${name}Waiting`, 'requests-waiting', { metric, threshold: 300, periods: [3, 5] }, name);
    }
    for (const [name, queue] of Object.entries(deadLetters)) {
      const metric = queue.metricApproximateNumberOfMessagesVisible({ ...MINUTE, statistic: 'Maximum' });
      this.#alarm(`${name}DeadLetters`, 'dead-letters', { metric, threshold: 1 }, name);
    }
    const age = functions.get('on-tenant-changed')?.metric('IteratorAge', { ...MINUTE, statistic: 'Maximum' });
    if (age)
      this.#alarm('AnnouncementsLate', 'announcements-late', { metric: age, threshold: 300_000, periods: [3, 5] });
  }

  #alarm(id: string, section: RunbookSection, { metric, threshold, ...rule }: Rule, about?: string): void {
    const { topic, runbookUrl = RUNBOOK } = this.#props;
    const [datapointsToAlarm, evaluationPeriods] = rule.periods ?? [1, 1];
    const title = about ? `${runbookSections[section]} (${about})` : runbookSections[section];
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `${title}. Runbook: ${runbookUrl}#${section}`,
      threshold,
      datapointsToAlarm,
      evaluationPeriods,
      comparisonOperator: rule.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: rule.missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (topic) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    this.alarms.push(alarm);
  }
}

/** Calls that change a tenant should return in seconds: longer work returns `in_progress`. */
function slowOperations({ operationDuration }: InstallationMetrics, provider: string): Rule {
  const usingMetrics = Object.fromEntries(
    (['provision', 'update', 'destroy'] as const).map((operation) => [
      operation,
      operationDuration({ operation, provider }),
    ]),
  );
  const expression = 'MAX([FILL(provision, 0), FILL(update, 0), FILL(destroy, 0)])';
  const metric = new MathExpression({ expression, usingMetrics, label: 'p90 in ms', period: Duration.minutes(5) });
  return { metric, threshold: 20_000, periods: [3, 3] };
}
