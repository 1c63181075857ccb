import { cpus } from 'node:os';
import { toTable } from './table.ts';

/** One thing to measure. `run` does it `times` times, and answers the milliseconds where another process does the work. */
export interface Subject {
  name: string;
  run(times: number): Promise<number | undefined> | Promise<void> | void;
}

/** A subject beside its floor: the least that anybody could do instead. */
export interface Row {
  subject: Subject;
  floor: Subject;
  /** What the ratio is to be at most, where that is set. */
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
  /** Nanoseconds for one, the median of the rounds. */
  ns: number;
  floorNs: number;
}

const ROUNDS = 15;
/** How long one sample takes, so that the clock's grain and a single pause of the collector weigh little. Milliseconds. */
const SAMPLE_MS = 10;
/** How many samples' worth of work goes before the first, so that all code is as optimised as it gets. */
const WARM_UP = 100;

/** Measures all rows in one run, round by round, subject and floor in turn, so that what slows the machine slows both. */
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
  /** Nanoseconds for one, in each round. */
  samples: number[];
  sample(): Promise<void>;
}

/** Warms a subject up and finds how often it has to be done for a sample. */
async function prepare({ run }: Subject): Promise<Prepared> {
  let times = 1;
  while (times < 2 ** 24 && (await leastOf(3, () => time(run, times))) < SAMPLE_MS) times *= 2;
  await run(times * WARM_UP);
  const samples: number[] = [];
  const sample = async () => {
    // Only of what is young: a full collection drops optimised code that knew a shape of which nothing is left, and the code
    // of regular expressions. A busy function has one now and then, not every few milliseconds.
    globalThis.gc?.({ type: 'minor' });
    // What the others pushed out of the processor's caches.
    await run(Math.ceil(times / 8));
    samples.push(((await time(run, times)) * 1e6) / times);
  };
  return { samples, sample };
}

/** Threads of the same process, such as those of the collector, may take some of the processor just then. */
async function leastOf(tries: number, measured: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let turn = 0; turn < tries; turn += 1) all.push(await measured());
  return Math.min(...all);
}

/** Milliseconds of the processor, not of the clock: what else the machine does distorts it least. */
async function time(run: Subject['run'], times: number): Promise<number> {
  const begun = process.cpuUsage();
  const elsewhere = await run(times);
  const { user, system } = process.cpuUsage(begun);
  return elsewhere ?? (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** What it was measured on. */
export function machine(): string {
  const [cpu] = cpus();
  return `Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${process.platform}-${process.arch}`;
}

/** One line for each; times where there are some. */
export function toLines(results: readonly (Ratio & Partial<Result>)[]): string {
  const head = ['', 'ns', 'ratio', 'goal', 'to', 'ns'];
  const rows = results.map(({ name, floor, ns, floorNs, ratio, goal }) => [
    name,
    format(ns),
    ratio.toFixed(2),
    goal === undefined ? '' : `≤ ${goal}`,
    floor,
    format(floorNs),
  ]);
  return toTable([head, ...rows]);
}

function format(ns: number | undefined): string {
  if (ns === undefined) return '';
  return ns < 100 ? ns.toFixed(1) : Math.round(ns).toLocaleString('en');
}
