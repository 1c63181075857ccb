import { describe, expect, test } from 'vitest';
import { features, type Harness, type Subject } from './harness.ts';
import { approvalRules } from './rules/approval.ts';
import { conductRules } from './rules/conduct.ts';
import { configRules } from './rules/config.ts';
import { destroyRules } from './rules/destroy.ts';
import { execRules } from './rules/exec.ts';
import { glanceRules } from './rules/glance.ts';
import { interruptionRules } from './rules/interruption.ts';
import { listRules } from './rules/list.ts';
import { logsRules } from './rules/logs.ts';
import { onceRules } from './rules/once.ts';
import { overlapRules } from './rules/overlap.ts';
import { ownershipRules } from './rules/ownership.ts';
import { provisionRules } from './rules/provision.ts';
import { statusRules } from './rules/status.ts';
import { stopRules } from './rules/stop.ts';
import { updateRules } from './rules/update.ts';
import { volumesRules } from './rules/volumes.ts';
import { type Rule, Trial } from './trial.ts';

export type {
  ExecHarness,
  Feature,
  FreshOptions,
  Harness,
  Mortal,
  OnceEnd,
  OnceHarness,
  SpecOptions,
  SpecParts,
  Subject,
} from './harness.ts';
export type { IgnorableField } from './ignorable-fields.ts';
export type { Rule } from './trial.ts';

/*
 * The contract of `src/compute/provider.ts` as an executable suite. In the test file of a provider:
 *
 *   providerSuite('process', {
 *     timeout: 30_000,
 *     without: { vanish: 'a process that disappears is restarted' },
 *     honours: ['resources.storage'],
 *     create: async () => ({ fresh, spec, failingSpec, stuckSpec, inventory, cleanup, … }),
 *   });
 *
 * With a `descriptor`, the suite creates the providers, and settings make specifications fail or get stuck:
 *
 *   providerSuite('nomad', {
 *     descriptor: provider,
 *     create: async () => ({ options, spec, failingSpec: { broken: true }, stuckSpec: { wait: 3600 }, inventory, … }),
 *   });
 *
 * Every rule gets a harness of its own, with an empty backend or an empty part of one. The suite assumes nothing about
 * speed, except that each call returns and each rollout ends within `timeout`. The capabilities of the provider decide
 * which answers the rules expect.
 */

export const rules: readonly Rule[] = [
  ...configRules,
  ...provisionRules,
  ...updateRules,
  ...destroyRules,
  ...interruptionRules,
  ...stopRules,
  ...approvalRules,
  ...onceRules,
  ...statusRules,
  ...listRules,
  ...glanceRules,
  ...ownershipRules,
  ...overlapRules,
  ...conductRules,
  ...logsRules,
  ...volumesRules,
  ...execRules,
];

/** Runs one rule on a new harness. Rejects if the provider breaks the rule, or else if the harness cannot be cleaned up. */
export async function runRule({ run }: Rule, subject: Subject): Promise<void> {
  const harness = await subject.create();
  const trial = new Trial(harness, subject);
  const [ran] = await Promise.allSettled([checkFeatures(harness, subject).then(() => run(trial))]);
  const [ended] = await Promise.allSettled([trial.end()]);
  for (const end of [ran, ended]) if (end.status === 'rejected') throw end.reason;
}

/** Checks that each feature is present or excused, so that no rule is skipped by oversight. */
async function checkFeatures(harness: Harness, { without = {} }: Subject): Promise<void> {
  for (const feature of features) {
    expect(harness[feature] === undefined, `${feature} is missing exactly if \`without\` excuses it`).toBe(
      feature in without,
    );
  }
}

/** Registers the suite with vitest: one test for each rule. `isIncluded` divides the rules of a slow backend among files. */
export function providerSuite(
  name: string,
  subject: Subject,
  isIncluded: (rule: Rule, index: number) => boolean = () => true,
): void {
  const { timeout = 10_000, without = {} } = subject;
  describe(`the ${name} provider`, () => {
    for (const rule of rules.filter(isIncluded)) {
      if (rule.needs?.some((feature) => feature in without)) continue;
      test(rule.rule, { timeout: timeout * (rule.patience ?? 6) }, () => runRule(rule, subject));
    }
  });
}
