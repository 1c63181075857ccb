import { messageOf } from '../../../src/compute/errors.ts';
import { Random } from './environment/random.ts';
import type { Crash } from './environment/simulation.ts';
import { deliver, randomMessages } from './programs/delivery.ts';
import { type Interference, interferences } from './programs/interference.ts';
import { type Program, randomProgram } from './programs/program.ts';
import { scenarios } from './programs/scenarios.ts';
import { type Report, simulate } from './run.ts';
import { addTally, countFault, emptyTally, type Tally } from './tally.ts';

/** A part of a campaign, for one thread. */
export type Task =
  /** A scenario, killed at each of its requests (or each `stride`-th) in each of the three ways. */
  | { do: 'crash'; program: string; seed: number; stride: number }
  /** A scenario with an interference at each of its requests. */
  | { do: 'interfere'; program: string; seed: number; stride: number }
  | { do: 'random'; seed: number }
  /** Messages delivered in order, and badly several times. */
  | { do: 'deliver'; seed: number; times: number };

/** The size of a campaign. */
export interface Budget {
  crashSeeds: number;
  crashStride: number;
  randomSeeds: number;
  deliverySeeds: number;
  deliveryTimes: number;
}

export function tasksOf({ crashSeeds, crashStride, randomSeeds, deliverySeeds, deliveryTimes }: Budget): Task[] {
  const brief = scenarios.filter(({ long }) => !long);
  const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return [
    ...scenarios.flatMap(({ name }) =>
      seeds(crashSeeds).map((seed): Task => ({ do: 'crash', program: name, seed, stride: crashStride })),
    ),
    ...brief.map(({ name }): Task => ({ do: 'interfere', program: name, seed: 1, stride: crashStride })),
    ...seeds(randomSeeds).map((seed): Task => ({ do: 'random', seed })),
    ...seeds(deliverySeeds).map((seed): Task => ({ do: 'deliver', seed, times: deliveryTimes })),
  ];
}

export async function perform(task: Task): Promise<Tally> {
  switch (task.do) {
    case 'crash':
      return crashEverywhere(scenarioOf(task.program), task.seed, task.stride);
    case 'interfere':
      return interfereEverywhere(scenarioOf(task.program), task.seed, task.stride);
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
    `no program is called ${JSON.stringify(name)}; use one of: ${scenarios.map((one) => one.name).join(', ')}`,
  );
}

export const ways = ['before', 'after', 'time up'] as const;
export const interferingChanges = Object.keys(interferences) as Interference['change'][];

/** At how many requests a program is killed that takes hours. Others are killed at each of their requests. */
const LONG_POINTS = 16;
/** Requests of sweeps and looks that find nothing, which are most of those of a program that takes hours. */
const IDLE = /^(?:query index|get meta|put meta|\w+: (?:glance|list))/;

async function crashEverywhere(program: Program, seed: number, stride: number): Promise<Tally> {
  const total = emptyTally();
  const calm = await simulate(program, { seed });
  addTally(total, tallyOf(calm, replayOf(program.name, seed)));
  for (const at of crashPoints(program, calm, seed, stride)) {
    for (const way of ways) {
      const replay = replayOf(program.name, seed, `${at} ${way}`);
      addTally(total, await attempt(replay, () => simulate(program, { seed, crashes: [crashOf(at, way, seed)] })));
    }
  }
  return total;
}

/** Returns the requests at which a program is killed, by their numbers from 1. */
function crashPoints({ long }: Program, { busy, requests }: Report, seed: number, stride: number): number[] {
  const all = Array.from({ length: busy }, (_, index) => index + 1);
  if (!long) return all.filter((at) => at % stride === (1 + seed) % stride);
  const effective = all.filter((at) => !IDLE.test(requests[at - 1] ?? ''));
  const wanted = Math.max(1, Math.round(LONG_POINTS / stride));
  return Array.from({ length: wanted }, (_, point) => {
    return effective[Math.floor(((point + 0.5) * effective.length) / wanted)] ?? 1;
  });
}

async function interfereEverywhere(program: Program, seed: number, stride: number): Promise<Tally> {
  const total = emptyTally();
  const calm = await simulate(program, { seed });
  for (let at = 1 + (seed % stride); at <= calm.busy; at += stride) {
    for (const change of interferingChanges) {
      const replay = replayOf(program.name, seed, `${at} ${change}`);
      const run = () => simulate(contested(program), { seed, interference: { at, change } });
      addTally(total, await attempt(replay, run));
      countFault(total, interferences[change].number);
    }
  }
  return total;
}

/** Returns the crash of a scenario at one of its requests. */
export function crashOf(at: number, when: Crash['when'], seed: number): Crash {
  return { at, when, grace: (at + seed) % 4 };
}

/** Returns a program whose answers and end state depend on other clients too. */
export function contested(program: Program): Program {
  return { ...program, owned: false, exact: false };
}

async function runRandom(seed: number): Promise<Tally> {
  const run = () => simulate(randomProgram(seed), { seed, crashes: randomCrashes(seed) });
  return { ...(await attempt(replayOf('random', seed), run)), randomPrograms: 1 };
}

/** Returns up to three crashes at random requests. */
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

/** Returns the tally of a run. A run that throws counts as failed. */
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
