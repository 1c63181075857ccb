import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import { Tenant } from '../../../src/tenants/model/tenant.ts';
import type { World } from './world.ts';

const REST_MS = 40_000;
const REST_TRIES = 200;

/** Waits until nothing is due any more, nor will anything that was asked for still happen. Long enough for a lease to run out. */
export async function rest(world: World): Promise<void> {
  for (let tries = 0; tries < REST_TRIES; tries += 1) {
    await world.timeline.sleep(REST_MS);
    const isDue =
      world.late > 0 ||
      world.stream.changes.length > 0 ||
      [...world.items.values()].some(({ pk, work }) => pk.startsWith('tenant#') && work !== undefined);
    if (!isDue) return;
  }
}

/** How things ended, without anything that may differ between two runs with the same end. */
export function digestOf(world: World): string {
  const ends = tenantsOf(world).map(({ tenant_id, phase, desired, provider_type }) => {
    const { serving } = observe(world.records.get(`${provider_type}/${tenant_id}`), world.timeline.now);
    const wanted = phase === 'destroyed' ? '' : desired.spec_hash;
    return [tenant_id, phase, wanted, serving ? specHash(serving) : ''];
  });
  return JSON.stringify(ends.sort());
}

export function tenantsOf(world: World): Tenant[] {
  const items = [...world.items.values()].filter(({ pk }) => pk.startsWith('tenant#'));
  return items.map(({ data }) => Tenant.parse(JSON.parse(data)));
}
