import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { Effect } from './plan.ts';
import { type Part, withPart } from './spec-fields.ts';

type Fingerprints = Readonly<Record<string, string>>;

/**
 * Returns the provider's digest of all that each container is made from, by container name; undefined where the provider
 * has none. Containers with equal digests stay where they are.
 */
export type FingerprintsOf = (spec: TenantComputeSpec) => Promise<Fingerprints | undefined>;

/** The most parts that are examined one by one: each costs the provider the mapping of up to 64 KB. */
const MAX_PARTS = 50;

/**
 * Returns the effect of each changed part on the containers that both specifications have. Where the effect is unknown the
 * part counts as replacing, so that a plan never promises too much.
 */
export async function effectsOf(
  before: TenantComputeSpec,
  after: TenantComputeSpec,
  parts: readonly Part[],
  fingerprintsOf: FingerprintsOf,
): Promise<(part: Part) => Effect> {
  const from = await fingerprints(fingerprintsOf, before);
  const to = await fingerprints(fingerprintsOf, after);
  if (!from || !to) return () => 'replace';
  if (!differ(from, to)) return () => 'in_place';
  const distinct = new Map(parts.map((part) => [keyOf(part), part]));
  if (distinct.size > MAX_PARTS) return () => 'replace';
  const effects = new Map<string, Effect>();
  for (const [key, part] of distinct) {
    const next = await fingerprints(fingerprintsOf, withPart(before, after, part));
    effects.set(key, !next || differ(from, next) ? 'replace' : 'in_place');
  }
  // No part replaces by itself, but all together do.
  if (![...effects.values()].includes('replace')) return () => 'replace';
  return (part) => effects.get(keyOf(part)) ?? 'replace';
}

/** Returns undefined where the provider refuses the specification: half of a valid change may be invalid. */
async function fingerprints(
  fingerprintsOf: FingerprintsOf,
  spec: TenantComputeSpec,
): Promise<Fingerprints | undefined> {
  try {
    return await fingerprintsOf(spec);
  } catch {
    return undefined;
  }
}

function differ(from: Fingerprints, to: Fingerprints): boolean {
  return Object.keys(from).some((name) => Object.hasOwn(to, name) && from[name] !== to[name]);
}

function keyOf(part: Part): string {
  return JSON.stringify(part);
}
