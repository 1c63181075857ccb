import { machine } from '../harness.ts';
import { toTable } from '../table.ts';
import { ecsLimits } from './limited-provider.ts';
import type { PaceReport } from './pace-alone.ts';
import type { StormOptions, StormReport } from './storm.ts';
import { measured } from './worker.ts';

const N = Number(process.argv[2] ?? 10_000);
const FEW = Math.min(2000, N / 5);
const MANY = Math.min(100_000, N * 10);

/** The same changes with and without the rate limiter; both retry a throttled call with backoff until the deadline. */
const baseline: StormOptions = {
  provisions: Math.min(1200, N * 0.12),
  updates: Math.min(200, N * 0.02),
  destroys: Math.min(200, N * 0.02),
};

const storms: [title: string, StormOptions][] = [
  [`${format(N)} provisions, 3 sweepers`, { provisions: N }],
  [
    `${format(FEW)} provisions, ${format(FEW / 5)} updates, ${format(FEW / 5)} destroys, ${format(FEW)} reads`,
    { provisions: FEW, updates: FEW / 5, destroys: FEW / 5, reads: FEW },
  ],
  [`${format(FEW)} provisions, 8 sweepers`, { provisions: FEW, sweepers: 8 }],
  [
    `${format(FEW)} provisions, ${format(FEW / 10)} destroys, calls of 1 s, a sweep each 4 s`,
    { provisions: FEW, destroys: FEW / 10, callMs: 1000, sweepMs: 4000 },
  ],
  [`${format(FEW)} provisions, 4 clusters, each its own account`, { provisions: FEW, clusters: 4 }],
  [`${format(FEW)} provisions, 4 clusters of one account`, { provisions: FEW, clusters: 4, shared: true }],
  [baselineTitle('with'), baseline],
  [baselineTitle('without'), { ...baseline, limited: false }],
];

function baselineTitle(how: 'with' | 'without'): string {
  const { provisions, updates = 0, destroys = 0 } = baseline;
  return `${format(provisions)} provisions, ${format(updates)} updates, ${format(destroys)} destroys, ${how} the rate limiter`;
}

const head = ['', 'time/theory', 'throttled', 'lost', 'wait p50 s', 'p99/p50', 'out of place p99', 'store calls each'];

/** Who asked first is to be served first: how far the 99th of a hundred was from its place, as a share of all. */
function outOfPlace(waits: readonly number[], askedAt: readonly number[]): string {
  const served = askedAt.map((at, n) => ({ n, at: at + (waits[n] ?? 0) })).sort((a, b) => a.at - b.at);
  const asked = askedAt.map((at, n) => ({ n, at })).sort((a, b) => a.at - b.at);
  const placeOf = new Map(asked.map(({ n }, place) => [n, place]));
  const distances = served.map(({ n }, place) => Math.abs(place - (placeOf.get(n) ?? 0)));
  return percent(quantile(distances, 0.99), waits.length);
}

function rowOf(title: string, report: StormReport): string[][] {
  const { seconds, theory, calls, lost, waits, storeCalls, operations } = report;
  const all = waits.provision.filter(Number.isFinite);
  const first = [
    title,
    lost > 0 ? '-' : `${(seconds / theory).toFixed(4)} x`,
    percent(calls.throttled, calls.made),
    lost > 0 ? `${format(lost)} of ${format(report.operations)}` : '0',
    quantile(all, 0.5).toFixed(0),
    (quantile(all, 0.99) / quantile(all, 0.5)).toFixed(2),
    lost > 0 ? '-' : outOfPlace(all, report.askedAt.provision),
    (storeCalls / operations).toFixed(1),
  ];
  const others = (['update', 'destroy'] as const).filter((type) => waits[type].length > 0);
  const rows = others.map((type) => {
    const served = waits[type].filter(Number.isFinite);
    return [
      `  of these, the ${type}s`,
      '',
      '',
      '',
      quantile(served, 0.5).toFixed(1),
      (quantile(served, 0.99) / quantile(served, 0.5)).toFixed(2),
      lost > 0 ? '-' : outOfPlace(served, report.askedAt[type]),
      '',
    ];
  });
  if (report.readsRefused > 0) rows.push([`  reads refused: ${report.readsRefused}`, '', '', '', '', '', '', '']);
  return [first, ...rows];
}

function paceRowOf(title: string, { seconds, theory, calls, lots }: PaceReport): string[] {
  const times = `${(seconds / theory).toFixed(4)} x`;
  return [title, times, percent(calls.throttled, calls.made), (lots / MANY).toFixed(3)];
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

const write = (text: string) => process.stdout.write(text);

const begunAt = performance.now();
write(`${machine()}\nVirtual time; the published limits of ECS: a definition a second, 5 services, 20 reads.\n\n`);
const [reports, rates] = await Promise.all([
  Promise.all(storms.map(async ([title, options]) => rowOf(title, await measured('storm', options)))),
  Promise.all(
    (['definition writes', 'service writes', 'launches'] as const).map(async (what) =>
      paceRowOf(`${format(MANY)} ${what}`, await measured('paceAlone', MANY, ecsLimits[what])),
    ),
  ),
]);
write(`${toTable([head, ...reports.flat()])}\n\n`);
write('The pace alone, on a model of the work (calls that take a while; no tenants, no store):\n\n');
write(`${toTable([['', 'time/theory', 'throttled', 'writes a call'], ...rates])}\n\n`);
const { user, system } = process.cpuUsage();
const seconds = (performance.now() - begunAt) / 1000;
write(`${seconds.toFixed(0)} s; ${((user + system) / 1e6).toFixed(0)} s of processor time\n`);
