import { cpus } from 'node:os';
import { toPlainTable } from '../src/cli/terminal/table.ts';

/** Work to measure. Each call of `run` does it once. */
export interface Subject {
  name: string;
  run(): Promise<unknown>;
}

/** A subject beside its floor: the least work with the same answer. */
export interface Row {
  subject: Subject;
  floor: Subject;
  /** The largest ratio that meets the goal. */
  goal?: number | undefined;
}

export interface Ratio {
  name: string;
  floor: string;
  /** Median of subject over median of floor. */
  ratio: number;
  goal?: number | undefined;
}

export interface Result extends Ratio {
  /** Nanoseconds of one run: the median of the rounds. */
  ns: number;
  floorNs: number;
}

const ROUNDS = 15;
/** The duration of a sample, which outweighs the resolution of the clock and a single garbage collection. Milliseconds. */
const SAMPLE_MS = 10;
/** The number of samples' worth of work before the first sample, after which V8 has optimised the code. */
const WARM_UP = 100;

/** Measures all rows in one run. Subject and floor alternate in each round, so that other load slows both. */
export async function measure(rows: readonly Row[]): Promise<Result[]> {
  const pairs: { row: Row; subject: Prepared; floor: Prepared }[] = [];
  for (const row of rows) pairs.push({ row, subject: await prepare(row.subject), floor: await prepare(row.floor) });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { subject, floor } of pairs) {
      await subject.sample();
      await floor.sample();
    }
  }
  return pairs.map(({ row, subject, floor }) => {
    const ns = median(subject.samples);
    const floorNs = median(floor.samples);
    return { name: row.subject.name, floor: row.floor.name, ns, floorNs, ratio: ns / floorNs, goal: row.goal };
  });
}

interface Prepared {
  /** Nanoseconds of one run, in each round. */
  samples: number[];
  sample(): Promise<void>;
}

/** Warms a subject up and determines how many runs fill a sample. */
async function prepare({ run }: Subject): Promise<Prepared> {
  let times = 1;
  while (times < 2 ** 24 && (await shortestTime(run, times)) < SAMPLE_MS) times *= 2;
  await time(run, times * WARM_UP);
  const samples: number[] = [];
  const sample = async () => {
    // A full collection drops optimised code and compiled regular expressions. A busy function experiences one rarely, not
    // every few milliseconds, so only young garbage is collected here.
    globalThis.gc?.({ type: 'minor' });
    // Brings the subject back into the caches of the processor.
    await time(run, Math.ceil(times / 8));
    samples.push(((await time(run, times)) * 1e6) / times);
  };
  return { samples, sample };
}

/** Returns the shortest of three times, which other threads of the process, such as the collector's, distort least. */
async function shortestTime(run: Subject['run'], times: number): Promise<number> {
  return Math.min(await time(run, times), await time(run, times), await time(run, times));
}

/** Returns milliseconds of processor time, which other load on the machine distorts less than the clock. */
async function time(run: Subject['run'], times: number): Promise<number> {
  const start = process.cpuUsage();
  for (let count = 0; count < times; count += 1) await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Describes the machine that a figure was measured on. */
export function machine(): string {
  const [cpu] = cpus();
  return `Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${process.platform}-${process.arch}`;
}

/** Formats one line for each result. Cold starts have a ratio only. */
export function formatResults(results: readonly (Ratio & Partial<Result>)[]): string {
  const titles = ['', 'ns', 'ratio', 'goal', 'floor', 'ns'];
  const rows = results.map(({ name, floor, ns, floorNs, ratio, goal }) => [
    name,
    format(ns),
    ratio.toFixed(2),
    goal === undefined ? '' : `≤ ${goal}`,
    floor,
    format(floorNs),
  ]);
  return toPlainTable([titles, ...rows]);
}

function format(ns: number | undefined): string {
  if (ns === undefined) return '';
  return ns < 100 ? ns.toFixed(1) : Math.round(ns).toLocaleString('en');
}
