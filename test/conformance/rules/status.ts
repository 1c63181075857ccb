import { expect } from 'vitest';
import { TenantNotFoundError } from '../../../src/compute/errors.ts';
import { expectGone, expectServes, heldIds, refusal, thrownBy } from '../expectations.ts';
import type { Rule } from '../trial.ts';

export const statusRules: readonly Rule[] = [
  {
    rule: 'getStatus of an unknown tenant is refused with TenantNotFoundError',
    async run(trial) {
      const provider = await trial.fresh();
      await refusal(provider.getStatus(trial.tenant()), TenantNotFoundError);
    },
  },
  {
    rule: 'getStatus never returns a cached state: changes by another instance show at once',
    async run(trial) {
      const observer = await trial.fresh();
      const other = await trial.fresh();
      const tenantId = trial.tenant();
      await trial.up(observer, trial.spec(tenantId));
      await other.update(tenantId, trial.spec(tenantId, 2));
      const seen = await trial.running(other, tenantId);
      expect((await observer.getStatus(tenantId)).metadata.spec_hash, 'spec_hash after an update').toBe(
        seen.metadata.spec_hash,
      );
      await other.destroy(tenantId);
      await expectGone(observer, tenantId);
    },
  },
  {
    rule: 'a tenant whose resources vanished is reported, can be destroyed, and can be provisioned again',
    needs: ['vanish'],
    async run(trial) {
      const before = await trial.inventory();
      const { provider, spec } = await trial.started();
      await trial.harness.vanish?.(spec.tenant_id);
      const lost = await provider.getStatus(spec.tenant_id).catch((error: unknown) => error);
      if (lost instanceof Error) expect(lost).toBeInstanceOf(TenantNotFoundError);
      else expect(lost).not.toMatchObject({ state: 'running', health: 'healthy' });
      await provider.destroy(spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
      await trial.up(provider, spec);
    },
  },
  {
    rule: 'getStatus and list return while a provision is in progress',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.hangingSpec(trial.tenant());
      const abort = new AbortController();
      const call = thrownBy(provider.provision(spec, { signal: abort.signal }));
      try {
        const error = await thrownBy(provider.getStatus(spec.tenant_id));
        if (error) expect(error).toBeInstanceOf(TenantNotFoundError);
        expect(await thrownBy(heldIds(provider)), 'thrown by list').toBeUndefined();
      } finally {
        abort.abort(new Error('the caller left'));
        await call;
      }
    },
  },
  {
    rule: 'a new instance can report, update and destroy what an earlier one created',
    async run(trial) {
      const tenantId = trial.tenant();
      const before = await trial.inventory();
      const spec = trial.spec(tenantId);
      await (await trial.fresh()).provision(spec);
      await expectServes(trial, await trial.fresh(), spec, 1);
      const next = trial.spec(tenantId, 2);
      await (await trial.fresh()).update(tenantId, next);
      await expectServes(trial, await trial.fresh(), next, 2);
      await (await trial.fresh()).destroy(tenantId);
      await expectGone(await trial.fresh(), tenantId);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'closing an instance leaves the tenants running',
    async run(trial) {
      const { provider, spec } = await trial.started();
      await provider.close?.();
      await expectServes(trial, await trial.fresh(), spec, 1);
    },
  },
];
