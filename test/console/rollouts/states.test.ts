import { expect, test } from 'vitest';
import { isRolloutPhase, phaseState, ROLLOUT_PHASES } from '../../../src/console/rollouts/states.ts';

test('a rollout that failures have paused needs a person; one that a person paused does not', () => {
  expect(phaseState({ phase: 'paused', failed: 1 })).toBe('failing');
  expect(phaseState({ phase: 'paused', failed: 0 })).toBe('unknown');
  expect(phaseState({ phase: 'succeeded', failed: 1 })).toBe('healthy');
});

test('phases of the address are those of the API', () => {
  expect(ROLLOUT_PHASES.every(isRolloutPhase)).toBe(true);
  expect(isRolloutPhase('<b>')).toBe(false);
  expect(isRolloutPhase(undefined)).toBe(false);
});
