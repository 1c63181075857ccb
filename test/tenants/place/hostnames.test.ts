import { describe, expect, test } from 'vitest';
import { tenantOfHostname } from '../../../src/tenants/place/claim-hostname.ts';
import { inSimulation, refusal } from '../reconcile/trial.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const NAME = 'shop.example.com';

function named(tenantId: string, hostname: string | undefined, number = 1) {
  return { ...specOf(tenantId, { number }), ...(hostname && { networking: { hostname } }) };
}

describe('a hostname', () => {
  test(
    'is that of one tenant, and another one is refused',
    inSimulation(async ({ tenants, store }) => {
      await tenants.provision(named('acme', NAME), me);
      expect(await refusal(tenants.provision(named('globex', NAME), me))).toBe('resource_conflict');
      expect(await refusal(tenants.plan(named('globex', NAME)))).toBe('resource_conflict');
      expect(await refusal(tenants.get('globex'))).toBe('tenant_not_found');
      await tenants.provision(named('globex', undefined), me);
      expect(await refusal(tenants.update(named('globex', NAME, 2), me))).toBe('resource_conflict');
      expect(await tenantOfHostname(store, NAME)).toBe('acme');
      await expect(tenants.update(named('globex', NAME, 2), me)).rejects.toThrow(
        'resource conflict: the hostname shop.example.com is that of another tenant',
      );
    }),
  );

  test(
    'stays with its tenant over updates, and is free once it desires another one',
    inSimulation(async ({ tenants, store }) => {
      await tenants.provision(named('acme', NAME), me);
      await tenants.update(named('acme', NAME, 2), me);
      expect(await tenantOfHostname(store, NAME)).toBe('acme');
      await tenants.update(named('acme', 'other.example.com', 3), me);
      expect(await tenantOfHostname(store, NAME)).toBeUndefined();
      await tenants.provision(named('globex', NAME), me);
      expect(await refusal(tenants.rollback('acme', 1, me))).toBe('resource_conflict');
      expect(await tenantOfHostname(store, NAME)).toBe('globex');
    }),
  );

  test(
    'is free as soon as its tenant is destroyed, and can be had again',
    inSimulation(async ({ tenants, store }) => {
      for (const id of ['acme', 'globex', 'acme']) {
        await tenants.provision(named(id, NAME), me);
        expect(await tenantOfHostname(store, NAME)).toBe(id);
        await tenants.destroy(id, me);
        expect(await tenantOfHostname(store, NAME)).toBeUndefined();
      }
    }),
  );

  test(
    'goes to one of many tenants that request it at once',
    inSimulation(async ({ tenants, store }) => {
      const ids = ['a', 'b', 'c', 'd'];
      const codes = await Promise.all(ids.map((id) => refusal(tenants.provision(named(id, NAME), me))));
      expect(codes.toSorted()).toEqual(['resource_conflict', 'resource_conflict', 'resource_conflict', undefined]);
      expect(await tenantOfHostname(store, NAME)).toBe(ids[codes.indexOf(undefined)]);
    }),
  );

  test(
    'whose request ended before its tenant was written is free a minute later',
    inSimulation(async ({ tenants, store, simulation, sleep }) => {
      const claimed_at = new Date(simulation.timeline.now).toISOString();
      await store.putHostname({ hostname: NAME, tenant_id: 'acme', claimed_at }, 0);
      expect(await refusal(tenants.provision(named('globex', NAME), me))).toBe('resource_conflict');
      await sleep(60_000);
      await tenants.provision(named('globex', NAME), me);
      expect(await tenantOfHostname(store, NAME)).toBe('globex');
    }),
  );
});
