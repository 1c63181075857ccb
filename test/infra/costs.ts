import { createMetrics } from '../../functions/runtime/telemetry/metrics.ts';
import type { Resource } from '../support/cloud-assembly.ts';

/** Prices in US dollars, us-east-1, on demand, without free tiers. docs/deploy.md links the sources. */
export const PRICES = {
  gbSecond: 0.0000133334,
  invocation: 0.2e-6,
  httpRequest: 1e-6,
  readUnit: 0.125e-6,
  writeUnit: 0.625e-6,
  queueRequest: 0.4e-6,
  event: 1e-6,
  logGigabyte: 0.5,
  alarmMetric: 0.1,
  customMetric: 0.3,
  dashboard: 3,
  natHour: 0.045,
  endpointHour: 0.01,
  balancerHour: 0.0225,
  publicAddressHour: 0.005,
  vcpuHour: 0.04048,
  memoryHour: 0.004445,
} as const;

const HOURS = 30 * 24;
const MINUTES = HOURS * 60;

type Row = readonly [what: string, count: number, price: keyof typeof PRICES];

/** Monthly costs of an idle installation with one ECS provider. */
export function idleRows(all: readonly [string, Resource][], sweepMemory: number): Row[] {
  // One look at the table, and the second that it waits for changes.
  const sweepSeconds = 1.2;
  const { ofProvider, ofSweep } = sweepMetrics();
  return [
    [
      `sweeps: ${sweepMemory} MB for ${sweepSeconds} s of every minute`,
      (sweepMemory / 1024) * sweepSeconds * MINUTES,
      'gbSecond',
    ],
    ['invocations of the sweep', MINUTES, 'invocation'],
    ['reads of each sweep: due work, pending health, due rounds and inventories', 6 * MINUTES, 'readUnit'],
    ['polls of two queues: 5 pollers each, 3 times a minute', 2 * 5 * 3 * MINUTES, 'queueRequest'],
    ['metrics with alarms', alarmMetrics(all), 'alarmMetric'],
    [
      `custom metrics of the sweep: ${ofProvider} of the provider, ${ofSweep} of its own`,
      ofProvider + ofSweep,
      'customMetric',
    ],
    ['dashboard', 1, 'dashboard'],
  ];
}

/** Counts the metrics that a sweep writes, in its own records. */
function sweepMetrics(): { ofProvider: number; ofSweep: number } {
  const counts: number[] = [];
  const write = (line: string) => {
    counts.push(JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics.length);
  };
  const metrics = createMetrics({ write });
  metrics.recordInventory({
    provider: 'ecs',
    held: 0,
    failed: 0,
    orphans: 0,
    unowned: 0,
    foreign: 0,
    removed: 0,
    healed: 0,
  });
  metrics.recordWatch({ provider: 'ecs', watched: 0, unhealthy: 0, unreachable: 0 });
  metrics.recordSweep(0, 0);
  const [ofInventory = 0, ofWatch = 0, ofSweep = 0] = counts;
  return { ofProvider: ofInventory + ofWatch, ofSweep };
}

/** Counts the metrics of all alarms; AWS charges an alarm for each of its metrics. */
function alarmMetrics(all: readonly [string, Resource][]): number {
  const alarms = all
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([, { Properties }]) => Properties);
  return alarms.reduce((sum, { Metrics }) => sum + (metricsIn(Metrics) || 1), 0);
}

function metricsIn(metrics: unknown): number {
  return Array.isArray(metrics) ? metrics.filter((metric: object) => 'MetricStat' in metric).length : 0;
}

const TENANTS = 1000;
const CHANGES = TENANTS * 4;
const READS = TENANTS * 1000;

/** Monthly costs of 1,000 tenants, each with 4 changes and 1,000 status requests. */
export const tenantRows: readonly Row[] = [
  ['requests to the API', READS + CHANGES, 'httpRequest'],
  ['invocations: one a request, and one a change to announce it', READS + CHANGES * 2, 'invocation'],
  ['status: 512 MB for 50 ms; a change: 1 GB for 2 s', READS * 0.5 * 0.05 + CHANGES * 2, 'gbSecond'],
  ['sweeps while a change runs: 512 MB for 3 minutes', CHANGES * 0.5 * 180, 'gbSecond'],
  ['reads: 1 unit a request', READS + CHANGES, 'readUnit'],
  ['writes: 4 a change of 2 KB, repeated in up to 5 indexes', CHANGES * 4 * 2 * 6, 'writeUnit'],
  ['inventory: 1,000 summaries of 1 KB a minute', ((TENANTS * 1) / 4) * 0.5 * MINUTES, 'readUnit'],
  ['watch: 1,000 summaries of 1 KB every 5 minutes', ((TENANTS * 1) / 4) * 0.5 * (MINUTES / 5), 'readUnit'],
  ['watch: progress of its rounds, 5 records of 1 KB each', 5 * (MINUTES / 5), 'writeUnit'],
  ['announcements', CHANGES, 'event'],
  ['logs: 2 KB a request', ((READS + CHANGES) * 2) / 1024 / 1024, 'logGigabyte'],
];

/** Monthly costs of the parts of a fabric, as its template has them, before the first tenant. */
export function fabricRows(all: readonly [string, Resource][]): Row[] {
  const hoursOf = (type: string) => all.filter(([, { Type }]) => Type === type).length * HOURS;
  const balancers = hoursOf('AWS::ElasticLoadBalancingV2::LoadBalancer');
  return [
    ['NAT gateways', hoursOf('AWS::EC2::NatGateway'), 'natHour'],
    ['interface endpoints', hoursOf('AWS::EC2::VPCEndpoint'), 'endpointHour'],
    ['load balancers', balancers, 'balancerHour'],
    ['public addresses of load balancers: 2 of each', balancers * 2, 'publicAddressHour'],
  ];
}

/** Monthly costs that the first tenant of a gateway adds, with one small task. */
export const firstTenantRows: readonly Row[] = [
  ['a load balancer, which ECS makes for the first 100 tenants or fewer', HOURS, 'balancerHour'],
  ['public addresses of the load balancer: 2', 2 * HOURS, 'publicAddressHour'],
  ['a task with a quarter of a vCPU', 0.25 * HOURS, 'vcpuHour'],
  ['a task with 512 MB', 0.5 * HOURS, 'memoryHour'],
  ['the public address of the task', HOURS, 'publicAddressHour'],
];

/** Renders rows as a Markdown table: count × price = cost, and the sum. */
export function costTable(rows: readonly Row[]): string {
  const cells = rows.map(([what, count, price]) => ({
    what,
    count,
    price: PRICES[price],
    cost: count * PRICES[price],
  }));
  const lines = cells.map(
    ({ what, count, price, cost }) => `| ${what} | ${format(count)} | $${formatPrice(price)} | $${cost.toFixed(2)} |`,
  );
  const sum = cells.reduce((total, { cost }) => total + cost, 0);
  return [
    '| item | count | price of one | a month |',
    '|---|---:|---:|---:|',
    ...lines,
    `| **sum** | | | **$${sum.toFixed(2)}** |`,
  ].join('\n');
}

function formatPrice(price: number): string {
  return price.toLocaleString('en', { maximumSignificantDigits: 6 });
}

function format(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: 1 });
}
