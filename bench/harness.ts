import { cpus } from 'node:os';

/** One thing to measure. `run` does it `times` times. */
export interface Subject {
  name: string;
  run(times: number): Promise<void> | void;
}

/** A subject beside its floor: the least that anybody could do instead. */
export interface Row {
  subject: Subject;
  floor: Subject;
}

export interface Result {
  name: string;
  floor: string;
  /** Nanoseconds for one, the median of the rounds. */
  ns: number;
  floorNs: number;
  /** Median of subject over median of floor. */
  ratio: number;
}

const ROUNDS = 31;
/** How long one sample takes, so that the clock's grain and a single pause of the collector weigh little. Milliseconds. */
const SAMPLE_MS = 8;

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
    return { name: row.subject.name, floor: row.floor.name, ns, floorNs, ratio: ns / floorNs };
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
  for (let took = 0; took < SAMPLE_MS && times < 2 ** 24; times *= 2) took = await time(run, times);
  await time(run, times);
  const samples: number[] = [];
  const sample = async () => {
    globalThis.gc?.();
    samples.push(((await time(run, times)) * 1e6) / times);
  };
  return { samples, sample };
}

async function time(run: Subject['run'], times: number): Promise<number> {
  const begun = performance.now();
  await run(times);
  return performance.now() - begun;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** What it was measured on. */
export function machine(): string {
  const [cpu] = cpus();
  return `Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${process.platform}-${process.arch}`;
}

export function toTable(results: readonly Result[]): string {
  const lines = results.map(({ name, floor, ns, floorNs, ratio }) => [
    name,
    format(ns),
    `${ratio.toFixed(2)} ×`,
    floor,
    format(floorNs),
  ]);
  const rows = [['', 'ns', 'ratio', 'to the floor', 'ns'], ...lines];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = [false, true, true, false, true];
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

function format(ns: number): string {
  return ns < 100 ? ns.toFixed(1) : Math.round(ns).toLocaleString('en');
}
