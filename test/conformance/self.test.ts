import { describe, expect, test } from 'vitest';
import { ComputeError } from '../../src/compute/errors.ts';
import { type MemorySubjectOptions, memorySubject } from './memory-subject.ts';
import { type Rule, rules, runRule, type Subject } from './provider-suite.ts';
import { conductSaboteurs } from './saboteurs/conduct.ts';
import { configSaboteurs } from './saboteurs/config.ts';
import { destroySaboteurs } from './saboteurs/destroy.ts';
import { listSaboteurs } from './saboteurs/list.ts';
import { logsSaboteurs } from './saboteurs/logs.ts';
import { overlapSaboteurs } from './saboteurs/overlap.ts';
import { ownershipSaboteurs } from './saboteurs/ownership.ts';
import { provisionSaboteurs } from './saboteurs/provision.ts';
import { delegateTo, type Saboteur } from './saboteurs/saboteur.ts';
import { statusSaboteurs } from './saboteurs/status.ts';
import { updateSaboteurs } from './saboteurs/update.ts';

const saboteurs = [
  ...configSaboteurs,
  ...provisionSaboteurs,
  ...updateSaboteurs,
  ...destroySaboteurs,
  ...statusSaboteurs,
  ...listSaboteurs,
  ...ownershipSaboteurs,
  ...overlapSaboteurs,
  ...conductSaboteurs,
  ...logsSaboteurs,
];
/** Short enough for the saboteurs that make a rule wait until the time is over. */
const common = { inProgressMs: 10, timeout: 500, isComplete: true };

function sabotaged({ sabotage, options }: Saboteur): Subject {
  const wrap: MemorySubjectOptions['wrap'] = (honest, world) => ({ ...delegateTo(honest), ...sabotage(honest, world) });
  return memorySubject({ ...common, ...options, wrap });
}

test('every rule has a saboteur, every saboteur a rule, and no rule is there twice', () => {
  const sentences = rules.map(({ rule }) => rule);
  expect(new Set(sentences).size).toBe(sentences.length);
  expect(saboteurs.map(({ breaks }) => breaks).toSorted()).toEqual(sentences.toSorted());
});

describe('the suite accepts the honest provider behind the same wrapper', () => {
  test.each(rules)('$rule', (rule) => runRule(rule, memorySubject({ ...common, timeout: 5000, wrap: delegateTo })));
});

describe('the suite catches a provider that breaks the rule', () => {
  test.each(saboteurs)('$breaks', async (saboteur) => {
    const rule = rules.find((one) => one.rule === saboteur.breaks) as Rule;
    const caught: unknown = await runRule(rule, sabotaged(saboteur)).catch((error: unknown) => error);
    // Caught by an expectation, or by a refusal where there is none to be: not by a mistake of the saboteur.
    const meant = caught instanceof ComputeError || (caught instanceof Error && caught.name === 'AssertionError');
    expect(meant, `caught: ${caught}`).toBe(true);
  });
});

test('a feature that is neither there nor excused is an error', async () => {
  const subject = memorySubject();
  const forgetful: Subject = {
    ...subject,
    async create() {
      const { labels: _, ...harness } = await subject.create();
      return harness;
    },
  };
  const [rule] = rules as [Rule];
  await expect(runRule(rule, forgetful)).rejects.toThrow('labels is missing');
  await runRule(rule, { ...forgetful, without: { ...subject.without, labels: 'forgotten on purpose' } });
});
