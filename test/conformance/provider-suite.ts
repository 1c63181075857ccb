import { describe, expect, test } from 'vitest';
import type { Provider } from '../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { conductRules } from './rules/conduct.ts';
import { configRules } from './rules/config.ts';
import { destroyRules } from './rules/destroy.ts';
import { listRules } from './rules/list.ts';
import { logsRules } from './rules/logs.ts';
import { overlapRules } from './rules/overlap.ts';
import { ownershipRules } from './rules/ownership.ts';
import { provisionRules } from './rules/provision.ts';
import { statusRules } from './rules/status.ts';
import { updateRules } from './rules/update.ts';
import { Trial } from './trial.ts';

/*
 * The contract of `src/compute/provider.ts` as an executable suite. In the test file of a provider:
 *
 *   providerSuite('process', {
 *     timeout: 30_000,
 *     without: { vanish: 'a process that goes away is restarted' },
 *     create: async () => ({ fresh, spec, failingSpec, stuckSpec, inventory, cleanup, … }),
 *   });
 *
 * Every rule gets a harness of its own: a backend (or a corner of one) that holds nothing yet. Nothing is assumed about
 * speed but that each call ends, and each rollout is decided, within `timeout`.
 */

/** What a specification for a rule is made from. */
export interface SpecOptions {
  tenantId: string;
  /** Default 1. Specifications of different versions differ in their first container, and only there. */
  version?: number | undefined;
  labels?: Record<string, string> | undefined;
  /** A text to put into an env value and, where the provider resolves secrets, into the value of a secret. */
  canary?: string | undefined;
}

/** What differs about a provider that is to be made. */
export interface FreshOptions {
  name?: string | undefined;
  /** The setting `allowed_registries`. Only asked for where the provider's schema has it. */
  allowedRegistries?: readonly string[] | undefined;
}

/** How a rule makes, breaks and looks at the world of one provider. */
export interface Harness {
  /**
   * A provider as another process would make it: on the same backend, with the same name and an empty memory. Given a
   * name, an instance of that name. The suite closes it; earlier instances go on living beside it. `start`, where a
   * provider has it, is the harness's to call.
   */
  fresh(options?: FreshOptions): Promise<Provider>;

  /** A specification that becomes ready. Its containers have names; a port, where the provider has endpoints. */
  spec(options: SpecOptions): TenantComputeSpec;
  /** A valid specification that does not become ready, and of which the provider notices that within the time-out. */
  failingSpec(options: SpecOptions): TenantComputeSpec;
  /** A valid specification whose rollout, for longer than the time-out, neither becomes ready nor fails. */
  stuckSpec(options: SpecOptions): TenantComputeSpec;
  /** One with which `provision` and `update` do not return at all, where a backend can be made to hang. Default: `stuckSpec`. */
  hangingSpec?(options: SpecOptions): TenantComputeSpec;

  /** The names of all that the backend holds and that has to be gone after a destroy, asked past the provider. */
  inventory(): Promise<string[]>;
  /** Ends and removes whatever a rule left, and the backend. Called once, also after a rule that failed. */
  cleanup(): Promise<void>;

  /** Makes a resource that is not Berth's under the name that this tenant's resource would have. It is in the inventory. */
  plantForeign?(tenantId: string): Promise<void>;
  /** The labels of each resource of the tenant, asked past the provider. */
  labels?(tenantId: string): Promise<Record<string, string>[]>;
  /** The version that answers when the tenant itself is asked, past the provider; undefined where nothing answers. */
  answers?(tenantId: string): Promise<number | undefined>;
  /** What changes when a container is replaced: its process id, its id. `spec` then makes two containers or more. */
  identity?(tenantId: string, container: string): Promise<string | undefined>;
  /** Removes the tenant's resources behind the provider's back. */
  vanish?(tenantId: string): Promise<void>;
  /** Has a container write these lines, as its program would; resolves when they are written. */
  write?(tenantId: string, container: string, lines: readonly string[]): Promise<void>;
  /** What other users of the machine or the backend can read: command lines, labels, log files of the provider. */
  exposed?(): Promise<string>;
}

/** What not every harness can offer. A rule that needs it is left out only where the subject says why. */
const features = ['plantForeign', 'labels', 'answers', 'identity', 'vanish', 'write', 'exposed'] as const;
export type Feature = (typeof features)[number];

/** A provider under test. */
export interface Subject {
  create(): Promise<Harness>;
  /** Milliseconds within which every call ends and every rollout is decided. Default 10 000. */
  timeout?: number;
  /** The features that the harness does not have, each with the reason. */
  without?: Partial<Record<Feature, string>>;
  /** How many tenants to list at once; more than a page of the backend. Default 12. */
  many?: number;
}

/** A sentence of the contract, and how to find out whether it is true. `run` rejects where it is not. */
export interface Rule {
  rule: string;
  needs?: readonly Feature[];
  run(trial: Trial): Promise<void>;
}

export const rules: readonly Rule[] = [
  ...configRules,
  ...provisionRules,
  ...updateRules,
  ...destroyRules,
  ...statusRules,
  ...listRules,
  ...ownershipRules,
  ...overlapRules,
  ...conductRules,
  ...logsRules,
];

/** Runs one rule on a world of its own. Rejects where the provider breaks it, or else where the world cannot be removed. */
export async function runRule({ run }: Rule, subject: Subject): Promise<void> {
  const harness = await subject.create();
  const trial = new Trial(harness, subject);
  const [ran] = await Promise.allSettled([checkFeatures(harness, subject).then(() => run(trial))]);
  const [ended] = await Promise.allSettled([trial.end()]);
  for (const end of [ran, ended]) if (end.status === 'rejected') throw end.reason;
}

/** A feature is either there or excused, so that no rule is left out, or half checked, by oversight. */
async function checkFeatures(harness: Harness, { without = {} }: Subject): Promise<void> {
  for (const feature of features) {
    expect(harness[feature] === undefined, `${feature} is missing exactly where \`without\` says so`).toBe(
      feature in without,
    );
  }
}

/** Registers the suite with vitest: one test for each rule. */
export function providerSuite(name: string, subject: Subject): void {
  const { timeout = 10_000, without = {} } = subject;
  describe(`the ${name} provider`, () => {
    for (const rule of rules) {
      if (rule.needs?.some((feature) => feature in without)) continue;
      test(rule.rule, { timeout: timeout * 6 }, () => runRule(rule, subject));
    }
  });
}
