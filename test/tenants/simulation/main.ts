import { parseArgs } from 'node:util';
import { campaignOnAllCores } from './campaign.ts';
import { figuresOf } from './figures.ts';
import { deliver, randomMessages } from './programs/delivery.ts';
import { simulate } from './run.ts';
import {
  contested,
  crashOf,
  interferingChanges,
  perform,
  randomCrashes,
  randomPrograms,
  scenarioOf,
  ways,
} from './task.ts';

const usage = `Kills, delays, repeats and breaks all that tenants depend on, and counts what is lost.

  npm run test:faults                                        everything, on all cores
  npm run test:faults -- --more 10                           ten times as many seeds
  npm run test:faults -- --stride 3                          kills at every third request only
  npm run test:faults -- --stride 3 --rollout-stride 9       the same, and at every ninth in programs with rollouts
  npm run test:faults -- --program random --seed 7           one run again, with all its requests
  npm run test:faults -- --program 'random rollouts' --seed 7
  npm run test:faults -- --program delivery --seed 7
  npm run test:faults -- --program 'a whole life' --seed 1 --at '12 before'
`;

const budget = { crashSeeds: 1, randomSeeds: 250, rolloutSeeds: 100, deliverySeeds: 40, deliveryTimes: 6 };

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    seed: { type: 'string', default: '1' },
    at: { type: 'string' },
    more: { type: 'string', default: '1' },
    stride: { type: 'string', default: '1' },
    'rollout-stride': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) print(usage);
else if (values.program === undefined) await runAll(Number(values.more));
else await replay(values.program, Number(values.seed), values.at);

async function runAll(more: number): Promise<void> {
  const begun = performance.now();
  const { crashSeeds, randomSeeds, rolloutSeeds, deliverySeeds } = budget;
  const tally = await campaignOnAllCores({
    ...budget,
    crashStride: Number(values.stride),
    rolloutStride: Number(values['rollout-stride'] ?? values.stride),
    crashSeeds: crashSeeds * more,
    randomSeeds: randomSeeds * more,
    rolloutSeeds: rolloutSeeds * more,
    deliverySeeds: deliverySeeds * more,
  });
  const { user, system } = process.cpuUsage();
  const spent = { seconds: (performance.now() - begun) / 1000, cpu: (user + system) / 1e6 };
  print(`${figuresOf(tally, spent)}\n`);
  for (const { kind, about, replay } of tally.failures.slice(0, 20)) print(`\n${kind}: ${about}\n  ${replay}\n`);
  if (tally.failures.length > 0) process.exitCode = 1;
}

/** Runs one program again and prints all its requests. */
async function replay(name: string, seed: number, at: string | undefined): Promise<void> {
  if (name === 'delivery') {
    print(`${JSON.stringify(randomMessages(seed), undefined, 2)}\n`);
    const { digest } = await deliver(randomMessages(seed), seed, 'in order');
    const { failures } = await perform({ do: 'deliver', seed, times: budget.deliveryTimes });
    print(`in order: ${digest}\n${describe(failures)}`);
    return;
  }
  const { program, ...options } = randomRun(name, seed) ?? scenarioRun(name, seed, at);
  const { requests, crashed, violations, digest } = await simulate(program, { seed, ...options });
  print(`${JSON.stringify(program, undefined, 2)}\n`);
  for (const [index, request] of requests.entries()) {
    const here = crashed.filter(({ at }) => at === index + 1).map(({ number, when }) => `  <- ${number}, ${when}`);
    print(`${String(index + 1).padStart(5)}  ${request}${here.join('')}\n`);
  }
  print(`${digest}\n${describe(violations)}`);
}

function describe(failures: readonly { kind: string; about: string }[]): string {
  if (failures.length > 0) process.exitCode = 1;
  return failures.map(({ kind, about }) => `${kind}: ${about}\n`).join('') || 'no violations\n';
}

function randomRun(name: string, seed: number) {
  const make = Object.entries(randomPrograms).find(([known]) => known === name)?.[1];
  return make && { program: make(seed), crashes: randomCrashes(seed) };
}

/** Returns a scenario with a crash or an interference at one of its requests, such as `12 before`. */
function scenarioRun(name: string, seed: number, text: string | undefined) {
  const program = scenarioOf(name);
  if (text === undefined) return { program };
  const [, number = '', what] = /^(\d+) (.*)$/.exec(text) ?? [];
  const at = Number(number);
  const way = ways.find((one) => one === what);
  const change = interferingChanges.find((one) => one === what);
  if (way) return { program, crashes: [crashOf(at, way, seed)] };
  if (change) return { program: contested(program), interference: { at, change } };
  throw new Error(
    `--at must be the number of a request and one of ${[...ways, ...interferingChanges].join(', ')}; it is '${text}'`,
  );
}

function print(text: string): void {
  process.stdout.write(text);
}
