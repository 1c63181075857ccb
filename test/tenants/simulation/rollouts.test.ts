import { expect, test } from 'vitest';
import { rolloutSaboteurs } from './environment/rollout-sabotage.ts';
import { simulate } from './run.ts';
import { scenarioOf } from './task.ts';

test.each(rolloutSaboteurs)('the simulation finds $title', async ({ program, ...sabotage }) => {
  const { violations } = await simulate(scenarioOf(program), { seed: 1, sabotage });
  expect(violations.map(({ kind }) => kind)).toContain(sabotage.foundAs);
});
