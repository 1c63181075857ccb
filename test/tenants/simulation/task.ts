import { messageOf } from '../../../src/compute/errors.ts';
import { deliver, randomMessages } from './delivery.ts';
import { type Meddling, meddlings } from './meddling.ts';
import { type Program, randomProgram } from './program.ts';
import { Random } from './random.ts';
import { type Report, simulate } from './run.ts';
import { scenarios } from './scenarios.ts';
import { addTally, countFault, emptyTally, type Tally } from './tally.ts';
import type { Crash } from './world.ts';

/** A part of a campaign that one thread does. */
export type Task =
  /** A scenario, killed at each of its requests (or each `stride`-th) in each of the three ways. */
  | { do: 'crash'; program: string; seed: number; stride: number }
  /** A scenario into which, at each of its requests, somebody meddles. */
  | { do: 'meddle'; program: string; seed: number; stride: number }
  | { do: 'random'; seed: number }
  /** Messages delivered in order, and badly several times. */
  | { do: 'deliver'; seed: number; times: number };

/** How much of everything to do. */
export interface Budget {
  crashSeeds: number;
  crashStride: number;
  randomSeeds: number;
  deliverySeeds: number;
  deliveryTimes: number;
}

export function tasksOf({ crashSeeds, crashStride, randomSeeds, deliverySeeds, deliveryTimes }: Budget): Task[] {
  const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return [
    ...scenarios.flatMap(({ name }) =>
      seeds(crashSeeds).map((seed): Task => ({ do: 'crash', program: name, seed, stride: crashStride })),
    ),
    ...scenarios.map(({ name }): Task => ({ do: 'meddle', program: name, seed: 1, stride: crashStride })),
    ...seeds(randomSeeds).map((seed): Task => ({ do: 'random', seed })),
    ...seeds(deliverySeeds).map((seed): Task => ({ do: 'deliver', seed, times: deliveryTimes })),
  ];
}

export async function perform(task: Task): Promise<Tally> {
  switch (task.do) {
    case 'crash':
      return crashEverywhere(scenarioOf(task.program), task.seed, task.stride);
    case 'meddle':
      return meddleEverywhere(scenarioOf(task.program), task.seed, task.stride);
    case 'random':
      return runRandom(task.seed);
    case 'deliver':
      return deliverBadly(task.seed, task.times);
  }
}

export function scenarioOf(name: string): Program {
  const found = scenarios.find((program) => program.name === name);
  if (found) return found;
  throw new Error(
    `no program is called ${JSON.stringify(name)}; there are: ${scenarios.map((one) => one.name).join(', ')}`,
  );
}

export const ways = ['before', 'after', 'time up'] as const;
export const wishes = Object.keys(meddlings) as Meddling['wish'][];

async function crashEverywhere(program: Program, seed: number, stride: number): Promise<Tally> {
  const total = emptyTally();
  const calm = await simulate(program, { seed });
  addTally(total, tallyOf(calm, replayOf(program.name, seed)));
  for (let at = 1 + (seed % stride); at <= calm.busy; at += stride) {
    for (const way of ways) {
      const replay = replayOf(program.name, seed, `${at} ${way}`);
      addTally(total, await attempt(replay, () => simulate(program, { seed, crashes: [crashOf(at, way, seed)] })));
    }
  }
  return total;
}

async function meddleEverywhere(program: Program, seed: number, stride: number): Promise<Tally> {
  const total = emptyTally();
  const calm = await simulate(program, { seed });
  for (let at = 1 + (seed % stride); at <= calm.busy; at += stride) {
    for (const wish of wishes) {
      const replay = replayOf(program.name, seed, `${at} ${wish}`);
      const run = () => simulate(contested(program), { seed, meddling: { at, wish } });
      addTally(total, await attempt(replay, run));
      countFault(total, meddlings[wish].number);
    }
  }
  return total;
}

/** The crash of a scenario at one of its requests. */
export function crashOf(at: number, when: Crash['when'], seed: number): Crash {
  return { at, when, grace: (at + seed) % 4 };
}

/** A program whose tenants are not its own: what it is answered, and how things end, depends on others. */
export function contested(program: Program): Program {
  return { ...program, owned: false, exact: false };
}

async function runRandom(seed: number): Promise<Tally> {
  const run = () => simulate(randomProgram(seed), { seed, crashes: randomCrashes(seed) });
  return { ...(await attempt(replayOf('random', seed), run)), randomPrograms: 1 };
}

/** Up to three of them, anywhere. */
export function randomCrashes(seed: number): Crash[] {
  const random = new Random(seed + 1_000_000);
  return Array.from({ length: random.below(4) }, () => ({
    at: 1 + random.below(150),
    when: random.pick(ways),
    grace: random.below(4),
  }));
}

async function deliverBadly(seed: number, times: number): Promise<Tally> {
  const messages = randomMessages(seed);
  const total = { ...emptyTally(), deliveredPrograms: 1 };
  const replay = replayOf('delivery', seed);
  const inOrder = await deliver(messages, seed, 'in order');
  for (let time = 1; time <= times; time += 1) {
    const { digest, deliveries, dropped, violations } = await deliver(messages, seed * 1_000 + time, 'badly');
    total.runs += 1;
    total.deliveries += deliveries;
    total.dropped += dropped;
    if (digest !== inOrder.digest) {
      total.failures.push({ replay, kind: 'ended_otherwise', about: `${digest} and not ${inOrder.digest}` });
    }
    total.failures.push(...violations.map((violation) => ({ replay, ...violation })));
  }
  return total;
}

/** A run that throws is one that failed. */
async function attempt(replay: string, run: () => Promise<Report>): Promise<Tally> {
  try {
    return tallyOf(await run(), replay);
  } catch (error) {
    return { ...emptyTally(), runs: 1, failures: [{ replay, kind: 'threw', about: messageOf(error) }] };
  }
}

function tallyOf({ requests, operations, crashed, struck, violations }: Report, replay: string): Tally {
  const tally: Tally = { ...emptyTally(), runs: 1, requests: requests.length, operations };
  for (const { number } of crashed) countFault(tally, number);
  for (const [number, count] of struck) countFault(tally, number, count);
  tally.failures = violations.map((violation) => ({ replay, ...violation }));
  return tally;
}

function replayOf(program: string, seed: number, at?: string): string {
  const place = at === undefined ? '' : ` --at '${at}'`;
  return `npm run test:faults -- --program '${program}' --seed ${seed}${place}`;
}
