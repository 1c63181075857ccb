import { InvalidRequestError, type Issue, toPointer } from '../../compute/errors.ts';
import type { RolloutPlanRequest } from './request.ts';
import type { RolloutSpec, Selection, Wave } from './rollout.ts';
import { countOf } from './waves.ts';

/** The waves of a request that names none. */
export const DEFAULT_WAVES = [
  { name: 'canary', size: '1', bake_seconds: 0, gate: 'auto' },
  { name: 'tenth', size: '10%', bake_seconds: 0, gate: 'auto' },
  { name: 'rest', size: '100%', bake_seconds: 0, gate: 'auto' },
] as const;

/** The fields of a specification that say which tenant it is. No change of many tenants can mean them. */
const IDENTITY = ['tenant_id', 'provider_type'];

/**
 * Returns what a request asks for, with all defaults. Throws `InvalidRequestError` with everything that is wrong apart from
 * the tenants: what a schema cannot say.
 */
export function toSpec({ token: _, ...request }: RolloutPlanRequest): RolloutSpec {
  const waves = (request.waves ?? DEFAULT_WAVES).map((wave, index) => ({
    ...wave,
    name: wave.name ?? `wave-${index + 1}`,
  }));
  const select = conditionsIn(request.select);
  const issues = [
    ...selectionIssues(select),
    ...changeIssues(request.change),
    ...waveIssues(waves),
    ...windowIssues(request),
  ];
  if (issues.length > 0) throw new InvalidRequestError(issues);
  const { change, max_in_flight, failure_budget, on_failure, not_before, not_after } = request;
  return {
    rollout_id: request.rollout_id ?? '',
    select,
    change,
    waves,
    max_in_flight,
    failure_budget,
    on_failure,
    ...(not_before && { not_before: new Date(not_before).toISOString() }),
    ...(not_after && { not_after: new Date(not_after).toISOString() }),
  };
}

/** An empty list of labels or of ids is no condition. */
function conditionsIn({ labels = {}, provider, tenant_ids = [] }: Selection): Selection {
  return {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(provider !== undefined && { provider }),
    ...(tenant_ids.length > 0 && { tenant_ids: [...new Set(tenant_ids)].sort() }),
  };
}

function selectionIssues(select: Selection): Issue[] {
  if (Object.keys(select).length > 0) return [];
  const message = 'select has no condition: name labels, a provider or tenant_ids. To change all, select by provider';
  return [{ pointer: '/select', message }];
}

function changeIssues(change: Readonly<Record<string, unknown>>): Issue[] {
  const identity = IDENTITY.filter((name) => Object.hasOwn(change, name)).map((name) => ({
    pointer: toPointer(['change', name]),
    message: `${name} of a tenant cannot change; remove it from the change`,
  }));
  if (Object.keys(change).length === 0) return [{ pointer: '/change', message: 'change is empty: say what to change' }];
  const { containers } = change;
  if (containers === undefined) return identity;
  if (!isObject(containers)) {
    const message = 'containers of a change must be an object keyed by name, such as {"web":{"image":"acme/app:42"}}';
    return [...identity, { pointer: '/change/containers', message }];
  }
  return [...identity, ...Object.entries(containers).flatMap(([name, patch]) => containerIssues(name, patch))];
}

function containerIssues(name: string, patch: unknown): Issue[] {
  const pointer = toPointer(['change', 'containers', name]);
  if (patch === null) return [];
  if (!isObject(patch)) {
    return [{ pointer, message: `container ${name} must be an object of what to change, or null to remove it` }];
  }
  if (!Object.hasOwn(patch, 'name')) return [];
  return [{ pointer: `${pointer}/name`, message: 'name of a container cannot change; remove it from the change' }];
}

/** Compares sizes of the same kind. Numbers and shares can be compared when the number of tenants is known. */
function waveIssues(waves: readonly Wave[]): Issue[] {
  const issues: Issue[] = [];
  for (const [index, { name, size }] of waves.entries()) {
    const isShare = size.endsWith('%');
    const before = waves.slice(0, index).findLast((wave) => wave.size.endsWith('%') === isShare);
    // Out of so many tenants, each share is another number.
    const [count, least] = [countOf(size, 1e6), before ? countOf(before.size, 1e6) : 0];
    if (count < least) {
      const message = `wave ${name} shrinks from ${before?.size} to ${size}; sizes are cumulative, so let them grow`;
      issues.push({ pointer: `/waves/${index}/size`, message });
    }
    if (waves.findIndex((wave) => wave.name === name) < index) {
      issues.push({ pointer: `/waves/${index}/name`, message: `duplicate wave name: ${name}` });
    }
  }
  return issues;
}

function windowIssues({ not_before, not_after }: Pick<RolloutPlanRequest, 'not_before' | 'not_after'>): Issue[] {
  if (not_before === undefined || not_after === undefined) return [];
  if (Date.parse(not_before) < Date.parse(not_after)) return [];
  return [{ pointer: '/not_after', message: 'not_after must be later than not_before' }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
