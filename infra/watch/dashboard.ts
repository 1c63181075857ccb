import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Watched } from './alarms.ts';
import type { InstallationMetrics } from './metrics.ts';

const WIDTH = 24;
const HALF = { width: WIDTH / 2, height: 6 };
const calls = ['provision', 'update', 'destroy', 'status', 'validate'] as const;

/** One page for an installation: first what callers notice, then tenants, then functions and queues. */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      widgets: [
        [heading('Callers')],
        api(watched),
        [heading('Tenants')],
        ...watched.providers.map((provider) => tenantsOf(provider, watched.metrics)),
        [heading('Functions and queues')],
        functions(watched),
        queues(watched),
      ],
    });
  }
}

function heading(text: string) {
  return new TextWidget({ markdown: `# ${text}`, width: WIDTH, height: 1 });
}

function api({ http: { api: watched } }: Watched) {
  const counts = [watched.metricCount(), watched.metricClientError(), watched.metricServerError()];
  const latencies = ['p50', 'p90', 'p99'].map((statistic) => watched.metricLatency({ statistic, label: statistic }));
  return [
    new GraphWidget({ title: 'Requests, 4xx and 5xx', left: counts, ...HALF }),
    new GraphWidget({ title: 'Latency in ms', left: latencies, ...HALF }),
  ];
}

function tenantsOf(provider: string, metrics: InstallationMetrics) {
  const now = [
    metrics.heldTenants(provider),
    metrics.failedTenants(provider),
    metrics.unhealthyTenants(provider),
    metrics.unreachableTenants(provider),
    metrics.orphanedTenants(provider),
    metrics.foreignTenants(provider),
  ];
  const durations = calls.map((operation) => metrics.operationDuration({ operation, provider }, { label: operation }));
  const failures = calls.map((operation) =>
    metrics.operations({ operation, provider, outcome: 'failed' }, { label: operation }),
  );
  return [
    new SingleValueWidget({
      title: `${provider}: held, failed, unhealthy, unreachable, orphaned, foreign`,
      metrics: now,
      width: 6,
      height: 6,
    }),
    new GraphWidget({ title: `${provider}: duration of operations, p90 in ms`, left: durations, width: 10, height: 6 }),
    new GraphWidget({ title: `${provider}: failed operations`, left: failures, width: 8, height: 6 }),
  ];
}

function functions({ functions: all }: Watched) {
  const of = (metric: 'metricErrors' | 'metricThrottles' | 'metricDuration', statistic: string): IMetric[] =>
    [...all].map(([label, fn]) => fn[metric]({ label, statistic }));
  const third = { width: WIDTH / 3, height: 8 };
  return [
    new GraphWidget({ title: 'Errors', left: of('metricErrors', 'Sum'), ...third }),
    new GraphWidget({ title: 'Throttles', left: of('metricThrottles', 'Sum'), ...third }),
    new GraphWidget({ title: 'Duration, p90 in ms', left: of('metricDuration', 'p90'), ...third }),
  ];
}

function queues({ queues: read, deadLetters, metrics }: Watched) {
  const ages = Object.entries(read).map(([label, queue]) => queue.metricApproximateAgeOfOldestMessage({ label }));
  const dead = Object.entries(deadLetters).map(([label, queue]) =>
    queue.metricApproximateNumberOfMessagesVisible({ label, statistic: 'Maximum' }),
  );
  return [
    new GraphWidget({ title: 'Age of the oldest message in s', left: ages, ...HALF }),
    new GraphWidget({ title: 'Dead letters, and sweeps', left: dead, right: [metrics.sweeps()], ...HALF }),
  ];
}
