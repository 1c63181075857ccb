import { toPlainTable } from '../../src/cli/terminal/table.ts';
import { machine } from '../harness.ts';
import { ecsLimits, ROLLOUT_MS } from './limited-provider.ts';
import type { RateLimiterReport } from './rate-limiter-alone.ts';
import type { StormOptions, StormReport } from './storm.ts';
import { measured } from './worker.ts';

/*
 * npm run bench:storm [-- PROVISIONS [rollouts]]: prints how storms of requests pass the published limits of ECS, in virtual
 * time. Two storms have the same requests, with and without the rate limiter. The last ones are updates of single tenants
 * beside rollouts, and without one. `rollouts` prints only those.
 */

const PROVISIONS = Number(process.argv[2] ?? 10_000);
const FEW = Math.min(2000, PROVISIONS / 5);
const CALLS = Math.min(100_000, PROVISIONS * 10);

/** Without the rate limiter every throttled call is retried with backoff until the deadline of its operation. */
const baseline = {
  provisions: Math.min(1200, PROVISIONS * 0.12),
  updates: Math.min(200, PROVISIONS * 0.02),
  destroys: Math.min(200, PROVISIONS * 0.02),
};

const storms: [note: string, StormOptions][] = [
  ['3 sweepers', { provisions: PROVISIONS }],
  ['and other requests', { provisions: FEW, updates: FEW / 5, destroys: FEW / 5, reads: FEW }],
  ['8 sweepers', { provisions: FEW, sweepers: 8 }],
  ['1 s calls, sweeps every 4 s', { provisions: FEW, destroys: FEW / 10, callMs: 1000, sweepMs: 4000 }],
  ['4 clusters, 4 accounts', { provisions: FEW, clusters: 4 }],
  ['4 clusters, 1 account', { provisions: FEW, clusters: 4, shared: true }],
  ['with the rate limiter', baseline],
  ['without the rate limiter', { ...baseline, limited: false }],
];

/** Single updates, spread over the time that a rollout of so many tenants takes. */
const single = { provisions: 0, updates: FEW / 5, lasts: PROVISIONS * 0.8 };
const oneRollout = { ...single, rolledOut: PROVISIONS };
const twoRollouts = { ...single, rolledOut: PROVISIONS / 5, rollouts: 2, lasts: (PROVISIONS / 5) * 0.8 };

const titles = ['', 'time/theory', 'throttled', 'lost', 'wait p50 s', 'p99/p50', 'order error', 'store calls'];

/** Returns a row for the storm and its provisions, and one each for the other kinds of requests. */
function rowsOf(note: string, options: StormOptions, report: StormReport): string[][] {
  const { seconds, theory, calls, lost, storeCalls, operations, failedReads } = report;
  const first = [
    `${format(options.provisions)} provisions, ${note}`,
    lost > 0 ? '' : `${(seconds / theory).toFixed(4)} x`,
    percent(calls.throttled, calls.made),
    format(lost),
    ...waitCells(report, 'provision'),
    (storeCalls / operations).toFixed(1),
  ];
  const others = (['update', 'destroy'] as const).filter((type) => report.waits[type].length > 0);
  return [
    first,
    ...others.map((type) => [
      `  ${format(report.waits[type].length)} ${type}s`,
      ...['', '', ''],
      ...waitCells(report, type),
    ]),
    ...(options.reads ? [[`  ${format(options.reads)} status requests, ${format(failedReads)} failed`]] : []),
  ];
}

/** Returns a row for each of the rollouts that share a storm, and one for the single updates beside them. */
function rolloutRows(options: StormOptions, report: StormReport): string[][] {
  const { rolledOut = 0, rollouts = 1 } = options;
  const { seconds, theory, calls, lost, storeCalls, operations, waits } = report;
  const whole = [`${(seconds / theory).toFixed(4)} x`, percent(calls.throttled, calls.made), format(lost)];
  const shares = Array.from({ length: rolledOut > 0 ? rollouts : 0 }, (_, share) => {
    const own = waits.rollout.filter((_, n) => n % rollouts === share);
    const median = quantile(own, 0.5);
    const cells = [median.toFixed(1), (quantile(own, 0.99) / median).toFixed(2), ''];
    const title = `a rollout of ${format(own.length)} tenants${rollouts > 1 ? `, ${share + 1} of ${rollouts}` : ''}`;
    return [
      title,
      ...(share === 0 ? whole : ['', '', '']),
      ...cells,
      share === 0 ? (storeCalls / operations).toFixed(1) : '',
    ];
  });
  const beside = rolledOut > 0 ? 'beside it' : 'without a rollout';
  return [
    ...shares,
    [`  ${format(waits.update.length)} updates ${beside}`, '', '', '', ...waitCells(report, 'update')],
  ];
}

/** Returns the 99th percentile of the time from the request of a single update until its version serves. Seconds. */
function servesWithin({ waits }: StormReport): number {
  return quantile(waits.update, 0.99) + ROLLOUT_MS / 1000;
}

/** The cells on waiting, over the changes that the provider accepted. */
function waitCells({ waits, requestedAt, lost }: StormReport, type: keyof StormReport['waits']): string[] {
  const accepted = waits[type].filter(Number.isFinite);
  const median = quantile(accepted, 0.5);
  return [
    median.toFixed(1),
    (quantile(accepted, 0.99) / median).toFixed(2),
    lost > 0 ? '' : orderError(accepted, requestedAt[type]),
  ];
}

/** Returns how far the changes are accepted out of the order of their requests: the 99th percentile, as a share of all. */
function orderError(waits: readonly number[], requestedAt: readonly number[]): string {
  const places = (times: readonly number[]) => {
    const order = times.map((at, n) => ({ n, at })).sort((a, b) => a.at - b.at);
    return new Map(order.map(({ n }, place) => [n, place]));
  };
  const requested = places(requestedAt);
  const accepted = places(requestedAt.map((at, n) => at + (waits[n] ?? 0)));
  const distances = [...accepted].map(([n, place]) => Math.abs(place - (requested.get(n) ?? 0)));
  return percent(quantile(distances, 0.99), waits.length);
}

function rateLimiterRow(title: string, { seconds, theory, calls, batches }: RateLimiterReport): string[] {
  const ratio = `${(seconds / theory).toFixed(4)} x`;
  return [title, ratio, percent(calls.throttled, calls.made), (batches / CALLS).toFixed(3)];
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)} %`;
}

function format(count: number): string {
  return count.toLocaleString('en');
}

const startedAt = performance.now();
const onlyRollouts = process.argv[3] === 'rollouts';
const [reports, alone, [one, two, none]] = await Promise.all([
  Promise.all(
    (onlyRollouts ? [] : storms).map(async ([note, options]) =>
      rowsOf(note, options, await measured('storm', options)),
    ),
  ),
  Promise.all(
    (onlyRollouts ? [] : (['definition writes', 'service writes', 'launches'] as const)).map(async (what) =>
      rateLimiterRow(`${format(CALLS)} ${what}`, await measured('rateLimiterAlone', CALLS, ecsLimits[what])),
    ),
  ),
  Promise.all([measured('storm', oneRollout), measured('storm', twoRollouts), measured('storm', single)]),
]);
const beside = [...rolloutRows(oneRollout, one), ...rolloutRows(single, none), ...rolloutRows(twoRollouts, two)];
const [withIt, withoutIt] = [servesWithin(one), servesWithin(none)];
const { user, system } = process.cpuUsage();
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(`${machine()}
Virtual time; the published limits of ECS: 1 definition, 5 services and 20 reads a second.

${toPlainTable([titles, ...reports.flat(), ...beside])}

p99 from the request of a single update until its version serves:
${withIt.toFixed(1)} s beside the rollout, ${withoutIt.toFixed(1)} s without it: ${(withIt / withoutIt).toFixed(3)} x

The rate limiter alone, with simulated calls instead of tenants and a store:

${toPlainTable([['', 'time/theory', 'throttled', 'writes per call'], ...alone])}

Took ${seconds.toFixed(0)} s and ${((user + system) / 1e6).toFixed(0)} s of processor time
`);
