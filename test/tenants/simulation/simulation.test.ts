import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { programOf, randomProgram } from './program.ts';
import { simulate } from './run.ts';
import { saboteurs } from './sabotage.ts';
import { randomCrashes, scenarioOf } from './task.ts';

// A sample of what `npm run test:faults` does in full. A failure names the command that repeats it.
test('whatever is killed, delayed, repeated or broken, nothing is lost, made twice, leaked or left undone', async () => {
  const budget = { crashSeeds: 1, crashStride: 11, randomSeeds: 20, deliverySeeds: 4, deliveryTimes: 3 };
  const { failures, faults, operations } = await campaign(budget);
  expect(failures).toEqual([]);
  expect(operations).toBeGreaterThan(100);
  for (const number of ['F01', 'F02', 'F03', 'F04', 'F05', 'F06', 'F07']) {
    expect(faults[number], number).toBeGreaterThan(0);
  }
}, 120_000);

test('a seed tells the whole story: the same requests, in the same order, to the same end', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const run = async () => {
      const options = { seed, crashes: randomCrashes(seed) };
      const { requests, crashed, violations, struck, operations } = await simulate(randomProgram(seed), options);
      const isLikeIt = (label: string) => label.replace(/\.[a-z0-9]{12}\./, '.life.'); // ids of lives have a random part
      return { requests: requests.map(isLikeIt), crashed, violations, struck, operations };
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
    scenarioOf('keys, and a provider that takes its time'),
  ];

  test.each(saboteurs)('$title', async (sabotage) => {
    const found = new Set<string>();
    for (const program of programs) {
      const report = await simulate(program, { seed: 1, sabotage }).catch(() => ({ violations: [{ kind: 'threw' }] }));
      for (const { kind } of report.violations) found.add(kind);
    }
    expect([...found]).toContain(sabotage.foundAs);
  });

  test('nothing where nothing is wrong', async () => {
    for (const program of programs) expect((await simulate(program, { seed: 1 })).violations).toEqual([]);
  });
});
