import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { Effect } from './plan.ts';
import { type Part, withPart } from './spec-fields.ts';

/** What a provider says that the containers of a specification are made from; nothing where it does not tell. */
export type TellFingerprints = (spec: TenantComputeSpec) => Promise<Readonly<Record<string, string>> | undefined>;

/** More parts than these are not told apart: for each of them the provider works out a specification of up to 64 KB. */
const MAX_TOLD_APART = 50;

/**
 * What each part that differs does to the containers that are in both specifications. Where it cannot be told, it replaces: the
 * plan had better promise too little.
 */
export async function effectsOf(
  before: TenantComputeSpec,
  after: TenantComputeSpec,
  parts: readonly Part[],
  tell: TellFingerprints,
): Promise<(part: Part) => Effect> {
  const from = await ask(tell, before);
  const to = await ask(tell, after);
  if (!from || !to) return () => 'replace';
  if (!differs(from, to)) return () => 'in_place';
  const distinct = new Map(parts.map((part) => [keyOf(part), part]));
  if (distinct.size > MAX_TOLD_APART) return () => 'replace';
  const effects = new Map<string, Effect>();
  for (const [key, part] of distinct) {
    const next = await ask(tell, withPart(before, after, part));
    effects.set(key, !next || differs(from, next) ? 'replace' : 'in_place');
  }
  // None does it alone, and together they do.
  if (![...effects.values()].includes('replace')) return () => 'replace';
  return (part) => effects.get(keyOf(part)) ?? 'replace';
}

/** Half of a change may be against a provider's rules though the whole is not: then there is no telling. */
async function ask(tell: TellFingerprints, spec: TenantComputeSpec): ReturnType<TellFingerprints> {
  try {
    return await tell(spec);
  } catch {
    return undefined;
  }
}

function differs(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): boolean {
  return Object.keys(from).some((name) => Object.hasOwn(to, name) && from[name] !== to[name]);
}

function keyOf(part: Part): string {
  return JSON.stringify(part);
}
