import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import { Tenant } from '../../../src/tenants/model/tenant.ts';
import type { Simulation } from './environment/simulation.ts';

const REST_MS = 40_000;
const REST_TRIES = 200;

/**
 * Waits until no work is due and no late effect is to come. Each wait is longer than a lease. Looks at failed tenants, and
 * at the health of all, never end, and are not waited for.
 */
export async function rest(simulation: Simulation): Promise<void> {
  for (let tries = 0; tries < REST_TRIES; tries += 1) {
    await simulation.timeline.sleep(REST_MS);
    const isDue =
      simulation.late > 0 ||
      simulation.stream.changes.length > 0 ||
      [...simulation.items.values()].some(
        ({ pk, work = 'recovery' }) => /^(?:tenant|rollout)#/.test(pk) && work !== 'recovery' && work !== 'watch',
      );
    if (!isDue) return;
  }
}

/** Returns the end state, without what may differ between two runs with equal ends. */
export function digestOf(simulation: Simulation): string {
  const ends = tenantsOf(simulation).map(({ tenant_id, phase, desired, provider_type }) => {
    const { serving } = observe(simulation.records.get(`${provider_type}/${tenant_id}`), simulation.timeline.now);
    const wanted = phase === 'destroyed' ? '' : specHash(desired.spec);
    return [tenant_id, phase, wanted, serving ? specHash(serving) : ''];
  });
  return JSON.stringify(ends.sort());
}

export function tenantsOf(simulation: Simulation): Tenant[] {
  const items = [...simulation.items.values()].filter(({ pk }) => pk.startsWith('tenant#'));
  return items.map(({ data }) => Tenant.parse(JSON.parse(data)));
}
