import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ComputeError } from '../../src/compute/errors.ts';
import { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { ignorableFields } from './ignorable-fields.ts';
import { delegateTo, type MemorySubjectOptions, memorySubject } from './memory-subject.ts';
import { type Rule, rules, runRule, type Subject } from './provider-suite.ts';
import { approvalSaboteurs } from './saboteurs/approval.ts';
import { conductSaboteurs } from './saboteurs/conduct.ts';
import { configSaboteurs } from './saboteurs/config.ts';
import { destroySaboteurs } from './saboteurs/destroy.ts';
import { execSaboteurs } from './saboteurs/exec.ts';
import { glanceSaboteurs } from './saboteurs/glance.ts';
import { interruptionSaboteurs } from './saboteurs/interruption.ts';
import { listSaboteurs } from './saboteurs/list.ts';
import { logsSaboteurs } from './saboteurs/logs.ts';
import { onceSaboteurs } from './saboteurs/once.ts';
import { overlapSaboteurs } from './saboteurs/overlap.ts';
import { ownershipSaboteurs } from './saboteurs/ownership.ts';
import { provisionSaboteurs } from './saboteurs/provision.ts';
import type { Saboteur } from './saboteurs/saboteur.ts';
import { statusSaboteurs } from './saboteurs/status.ts';
import { stopSaboteurs } from './saboteurs/stop.ts';
import { updateSaboteurs } from './saboteurs/update.ts';
import { volumesSaboteurs } from './saboteurs/volumes.ts';

const saboteurs = [
  ...configSaboteurs,
  ...provisionSaboteurs,
  ...updateSaboteurs,
  ...destroySaboteurs,
  ...interruptionSaboteurs,
  ...stopSaboteurs,
  ...approvalSaboteurs,
  ...onceSaboteurs,
  ...statusSaboteurs,
  ...listSaboteurs,
  ...glanceSaboteurs,
  ...ownershipSaboteurs,
  ...overlapSaboteurs,
  ...conductSaboteurs,
  ...logsSaboteurs,
  ...volumesSaboteurs,
  ...execSaboteurs,
];
/** The time-out is short, because some saboteurs make a rule wait until it is over. */
const common = { inProgressMs: 10, timeout: 500, isComplete: true };

function sabotaged({ sabotage, options }: Saboteur): Subject {
  const wrap: MemorySubjectOptions['wrap'] = (honest, state) => ({ ...delegateTo(honest), ...sabotage(honest, state) });
  return memorySubject({ ...common, ...options, wrap });
}

test('every rule has a saboteur, and every saboteur a rule', () => {
  const sentences = rules.map(({ rule }) => rule);
  expect(new Set(sentences).size).toBe(sentences.length);
  expect([...new Set(saboteurs.map(({ breaks }) => breaks))].toSorted()).toEqual(sentences.toSorted());
});

describe('the suite accepts the honest provider behind the same wrapper', () => {
  test.each(rules)('$rule', (rule) => runRule(rule, memorySubject({ ...common, timeout: 5000, wrap: delegateTo })));
});

describe('the suite catches a provider that breaks the rule', () => {
  test.each(saboteurs)('$breaks', async (saboteur) => {
    const rule = rules.find((one) => one.rule === saboteur.breaks) as Rule;
    const caught: unknown = await runRule(rule, sabotaged(saboteur)).catch((error: unknown) => error);
    // An assertion or an unexpected refusal caught it, not a mistake of the saboteur.
    const isCaught = caught instanceof ComputeError || (caught instanceof Error && caught.name === 'AssertionError');
    expect(isCaught, `caught: ${caught}`).toBe(true);
  });
});

test('every optional field of a specification is covered, by the rule about ignored fields or by others', () => {
  const spec = z.toJSONSchema(TenantComputeSpec, { io: 'input' }) as JsonSchema;
  expect(optionalFields(spec)).toEqual([...Object.keys(ignorableFields), ...coveredElsewhere].toSorted());
});

test('a feature that is neither present nor excused is an error', async () => {
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

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
}

/** Fields that no provider may ignore: other rules use them, or Berth itself acts on them. */
const coveredElsewhere = [
  'containers.after',
  'containers.args',
  'containers.command',
  'containers.env',
  'containers.health_check',
  'containers.health_check.healthy_threshold',
  'containers.health_check.interval_seconds',
  'containers.health_check.timeout_seconds',
  'containers.health_check.unhealthy_threshold',
  'containers.ports',
  'containers.ports.name',
  'containers.ports.protocol',
  'containers.run',
  'containers.volumes',
  'labels',
  'networking',
  'provider_config',
  'secrets',
  'volumes',
  'volumes.retain',
];

/** Returns the paths of all optional fields, sorted; the entries of a list have the path of the list. */
function optionalFields({ properties = {}, required = [] }: JsonSchema, path: string[] = []): string[] {
  const fields = Object.entries(properties).flatMap(([name, schema]) => {
    const own = [...path, name];
    const inner = optionalFields(schema.items ?? schema, own);
    return required.includes(name) ? inner : [own.join('.'), ...inner];
  });
  return fields.toSorted();
}
