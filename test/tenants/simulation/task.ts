import { messageOf } from '../../../src/compute/errors.ts';
import { Random } from './environment/random.ts';
import type { Crash } from './environment/simulation.ts';
import { deliver, randomMessages } from './programs/delivery.ts';
import { type Interference, interferences, interferencesOf } from './programs/interference.ts';
import { type Program, randomProgram } from './programs/program.ts';
import { randomRolloutProgram } from './programs/random-rollouts.ts';
import { contestedRollouts, rolloutScenarios } from './programs/rollout-scenarios.ts';
import { hasRollouts } from './programs/rollout-steps.ts';
import { scenarios } from './programs/scenarios.ts';
import { type Report, simulate } from './run.ts';
import { addTally, countFault, emptyTally, type Tally } from './tally.ts';

/** A part of a campaign, for one thread. */
export type Task =
  /** A scenario, killed at each of its requests (or each `stride`-th) in each of the three ways. */
  | { do: 'crash'; program: string; seed: number; stride: number }
  /** A scenario with an interference at each of its requests. */
  | { do: 'interfere'; program: string; seed: number; stride: number }
  | { do: 'random'; program: keyof typeof randomPrograms; seed: number }
  /** Messages delivered in order, and badly several times. */
  | { do: 'deliver'; seed: number; times: number };

/** The size of a campaign. */
export interface Budget {
  crashSeeds: number;
  crashStride: number;
  /** The stride in programs with rollouts, which are longer. */
  rolloutStride: number;
  randomSeeds: number;
  rolloutSeeds: number;
  deliverySeeds: number;
  deliveryTimes: number;
}

export function tasksOf(budget: Budget): Task[] {
  const { crashSeeds, crashStride, rolloutStride, randomSeeds, rolloutSeeds, deliverySeeds, deliveryTimes } = budget;
  const brief = [...scenarios.filter(({ long }) => !long), ...contestedRollouts];
  const strideOf = (program: Program) => (hasRollouts(program) ? rolloutStride : crashStride);
  const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return [
    ...[...rolloutScenarios, ...scenarios].flatMap((program) =>
      seeds(crashSeeds).map((seed): Task => ({ do: 'crash', program: program.name, seed, stride: strideOf(program) })),
    ),
    ...brief.map((program): Task => ({ do: 'interfere', program: program.name, seed: 1, stride: strideOf(program) })),
    ...seeds(randomSeeds).map((seed): Task => ({ do: 'random', program: 'random', seed })),
    ...seeds(rolloutSeeds).map((seed): Task => ({ do: 'random', program: 'random rollouts', seed })),
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
      return runRandom(task.program, task.seed);
    case 'deliver':
      return deliverBadly(task.seed, task.times);
  }
}

export function scenarioOf(name: string): Program {
  const known = [...scenarios, ...rolloutScenarios];
  const found = known.find((program) => program.name === name);
  if (found) return found;
  throw new Error(
    `no program is called ${JSON.stringify(name)}; use one of: ${known.map((one) => one.name).join(', ')}`,
  );
}

export const randomPrograms = { random: randomProgram, 'random rollouts': randomRolloutProgram } as const;

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
function crashPoints(program: Program, report: Report, seed: number, stride: number): number[] {
  if (!program.long) return requestsOf(program, report).filter((_, place) => place % stride === seed % stride);
  const effective = effectiveRequests(report, 1);
  const wanted = Math.max(1, Math.round(LONG_POINTS / stride));
  return Array.from({ length: wanted }, (_, point) => {
    return effective[Math.floor(((point + 0.5) * effective.length) / wanted)] ?? 1;
  });
}

/** Returns the requests of interest: where a program has rollouts, the effective ones from the first about a rollout on. */
function requestsOf(program: Program, report: Report): number[] {
  if (!hasRollouts(program)) return Array.from({ length: report.busy }, (_, index) => index + 1);
  return effectiveRequests(report, report.requests.findIndex((request) => request.includes('rollout#')) + 1);
}

function effectiveRequests({ busy, requests }: Report, first: number): number[] {
  const all = Array.from({ length: busy - first + 1 }, (_, index) => first + index);
  return all.filter((at) => !IDLE.test(requests[at - 1] ?? ''));
}

async function interfereEverywhere(program: Program, seed: number, stride: number): Promise<Tally> {
  const total = emptyTally();
  const calm = await simulate(program, { seed });
  const changes = interferencesOf(program);
  for (const at of requestsOf(program, calm).filter((_, place) => place % stride === seed % stride)) {
    for (const change of changes) {
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

async function runRandom(name: keyof typeof randomPrograms, seed: number): Promise<Tally> {
  const run = () => simulate(randomPrograms[name](seed), { seed, crashes: randomCrashes(seed) });
  return { ...(await attempt(replayOf(name, seed), run)), randomPrograms: 1 };
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

function tallyOf({ requests, operations, rollouts, crashed, struck, violations }: Report, replay: string): Tally {
  const tally: Tally = { ...emptyTally(), runs: 1, requests: requests.length, operations, rollouts };
  for (const { number } of crashed) countFault(tally, number);
  for (const [number, count] of struck) countFault(tally, number, count);
  tally.failures = violations.map((violation) => ({ replay, ...violation }));
  return tally;
}

function replayOf(program: string, seed: number, at?: string): string {
  const place = at === undefined ? '' : ` --at '${at}'`;
  return `npm run test:faults -- --program '${program}' --seed ${seed}${place}`;
}
