import { expect } from 'vitest';
import { expectProvisionFails, held, heldIds } from '../expectations.ts';
import type { Rule, Trial } from '../trial.ts';

export const listRules: readonly Rule[] = [
  {
    rule: 'list returns every tenant exactly once, over several pages too',
    async run(trial) {
      const ids = await upMany(trial, trial.many);
      expect(await heldIds(await trial.fresh())).toEqual(ids.toSorted());
    },
  },
  {
    rule: 'a spec_hash in list is that of the serving version',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      await provider.update(tenantId, trial.spec(tenantId, 2));
      const { metadata } = await trial.running(provider, tenantId);
      for (const tenant of await held(provider)) {
        expect([metadata.spec_hash, undefined], 'listed spec_hash').toContain(tenant.spec_hash);
      }
    },
  },
  {
    rule: 'list returns a tenant as long as the provider holds resources for it, even after a failed provision',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.failingSpec(trial.tenant());
      await expectProvisionFails(trial, provider, spec);
      const holds = (await trial.inventory()).length > 0;
      expect(await heldIds(provider), 'listed after a failure').toEqual(holds ? [spec.tenant_id] : []);
      await provider.destroy(spec.tenant_id);
      expect(await heldIds(provider), 'listed after a destroy').toEqual([]);
    },
  },
  {
    rule: 'list continues while tenants come and go, and returns those that stay exactly once',
    async run(trial) {
      const provider = await trial.fresh();
      const [leaving = '', ...staying] = await upMany(trial, 3);
      const late = trial.spec(trial.tenant());
      const seen: string[] = [];
      for await (const { tenant_id } of provider.list()) {
        if (seen.length === 0) {
          await provider.destroy(leaving);
          await provider.provision(late);
        }
        seen.push(tenant_id);
      }
      expect(seen.filter((id) => staying.includes(id)).toSorted()).toEqual(staying.toSorted());
      expect(new Set(seen).size, 'tenants listed twice').toBe(seen.length);
      await trial.running(provider, late.tenant_id);
    },
  },
  {
    rule: 'listAfter, if implemented, returns the tenants after an id, once each and in the order of ids',
    async run(trial) {
      const provider = await trial.fresh();
      if (!provider.listAfter) return;
      const ids = (await upMany(trial, trial.many)).toSorted();
      const middle = ids[ids.length >> 1] ?? '';
      const later = ids.filter((id) => id > middle);
      const listAfter = async (id: string) => {
        const another = await trial.fresh();
        return (await Array.fromAsync(another.listAfter?.(id) ?? [])).map(({ tenant_id }) => tenant_id);
      };
      expect(await listAfter('')).toEqual(ids);
      expect(await listAfter(middle)).toEqual(later);
      expect(await listAfter(ids.at(-1) ?? '')).toEqual([]);
      const seen: string[] = [];
      for await (const { tenant_id } of provider.listAfter('')) {
        seen.push(tenant_id);
        if (tenant_id === middle) break;
      }
      // A caller may continue after a tenant that no longer exists.
      for (const id of [middle, ids[0] ?? '']) await provider.destroy(id);
      expect([...seen, ...(await listAfter(middle))]).toEqual(ids);
    },
  },
];

/** Starts tenants, four at a time to spare small machines, and returns their ids. */
async function upMany(trial: Trial, count: number): Promise<string[]> {
  const provider = await trial.fresh();
  const ids = Array.from({ length: count }, () => trial.tenant());
  for (let at = 0; at < ids.length; at += 4) {
    await Promise.all(ids.slice(at, at + 4).map((id) => trial.up(provider, trial.spec(id))));
  }
  return ids;
}
