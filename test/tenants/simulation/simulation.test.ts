import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { saboteurs } from './environment/sabotage.ts';
import { programOf, randomProgram } from './programs/program.ts';
import { simulate } from './run.ts';
import { randomCrashes, scenarioOf } from './task.ts';

// A sample of `npm run test:faults`. A failure names the command that repeats it.
test('kills, delays, repetitions and faults lose, duplicate, leak and leave unfinished nothing', async () => {
  const crashes = { crashSeeds: 1, crashStride: 71, rolloutStride: 200 };
  const budget = { ...crashes, randomSeeds: 8, rolloutSeeds: 2, deliverySeeds: 2, deliveryTimes: 2 };
  const { failures, faults, operations } = await campaign(budget);
  expect(failures).toEqual([]);
  expect(operations).toBeGreaterThan(100);
  for (const number of ['F01', 'F02', 'F03', 'F04', 'F05', 'F06', 'F07']) {
    expect(faults[number], number).toBeGreaterThan(0);
  }
}, 300_000);

test('equal seeds give equal runs: the same requests in the same order, and the same end', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const run = async () => {
      const options = { seed, crashes: randomCrashes(seed) };
      const { requests, crashed, violations, struck, operations } = await simulate(randomProgram(seed), options);
      // Incarnations have a random part.
      const withoutIncarnation = (label: string) => label.replace(/\.[a-z0-9]{12}\./, '.life.');
      const labelled = crashed.map((crash) => ({ ...crash, label: withoutIncarnation(crash.label) }));
      return { requests: requests.map(withoutIncarnation), crashed: labelled, violations, struck, operations };
    };
    expect(await run()).toEqual(await run());
  }
});

describe('the simulation finds', () => {
  const busy = programOf(
    'many at once',
    ...[1, 2, 3].map((client) => [
      { do: 'provision' as const, tenant: 'acme', key: `key-${client}`, version: { number: client } },
      {
        do: 'update' as const,
        tenant: 'acme',
        key: `more-${client}`,
        version: { number: 10 * client, inProgressMs: 6_000 },
      },
      { do: 'destroy' as const, tenant: 'acme', wait: true },
    ]),
  );
  const programs = [
    { ...busy, owned: false, exact: false },
    scenarioOf('a whole life'),
    scenarioOf('keys, and a slow provider'),
    scenarioOf('cut off between two versions'),
    scenarioOf('a second installation on the same backend'),
    scenarioOf('unreadable rows at the head of the work'),
    scenarioOf('a rollback takes the place of an update'),
    scenarioOf('stopped, changed, started, restarted'),
    scenarioOf('a stop takes the place of an update, and a start that of a stop'),
    scenarioOf('ill, well again, and in a crash loop'),
    // These take hours of their time, and ten times as long to run as the others.
    scenarioOf('an outage longer than the deadline'),
    scenarioOf('an empty table of this installation'),
    scenarioOf('an empty table without an identity'),
  ];

  test.each(saboteurs)('$title', async (sabotage) => {
    const found = new Set<string>();
    for (const program of programs) {
      const report = await simulate(program, { seed: 1, sabotage }).catch(() => ({ violations: [{ kind: 'threw' }] }));
      for (const { kind } of report.violations) found.add(kind);
      if (found.has(sabotage.foundAs)) break;
    }
    expect([...found]).toContain(sabotage.foundAs);
  });

  test('nothing without sabotage', async () => {
    for (const program of programs) expect((await simulate(program, { seed: 1 })).violations).toEqual([]);
  });
});
