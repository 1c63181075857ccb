import { expect } from 'vitest';
import { ResourceConflictError, TenantNotFoundError } from '../../../src/compute/errors.ts';
import {
  INSTALLATION_LABEL,
  labelsFor,
  OWNER_LABEL,
  PROVIDER_LABEL,
  TENANT_LABEL,
} from '../../../src/compute/labels.ts';
import type { Provider, ProviderCall } from '../../../src/compute/provider.ts';
import { expectGone, expectServes, held, heldIds, refusal, thrownBy } from '../expectations.ts';
import type { Rule } from '../trial.ts';

const [ONE, TWO] = ['installation1a', 'installation2b'] as const;

/** Returns the provider as an installation calls it. */
function asInstallation(provider: Provider, installation: string): Provider {
  const given = (call: ProviderCall | undefined) => ({ ...call, installation });
  return {
    name: provider.name,
    capabilities: provider.capabilities,
    provision: (spec, call) => provider.provision(spec, given(call)),
    update: (tenantId, spec, call) => provider.update(tenantId, spec, given(call)),
    destroy: (tenantId, call) => provider.destroy(tenantId, given(call)),
    getStatus: (tenantId, call) => provider.getStatus(tenantId, given(call)),
    validate: (spec, call) => provider.validate(spec, call),
    list: (call) => provider.list(call),
  };
}

const forged = { [OWNER_LABEL]: 'mallory', [TENANT_LABEL]: 'another-tenant', [PROVIDER_LABEL]: 'another-provider' };

export const ownershipRules: readonly Rule[] = [
  {
    rule: 'provision refuses a name that a foreign resource has, with ResourceConflictError, and leaves it alone',
    needs: ['plantForeign'],
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      await trial.harness.plantForeign?.(spec.tenant_id);
      const planted = await trial.inventory();
      expect(planted.length, 'planted resources').toBeGreaterThan(0);
      await refusal(provider.provision(spec), ResourceConflictError);
      expect(await trial.inventory()).toEqual(planted);
    },
  },
  {
    rule: 'a foreign resource is not updated, reported or listed',
    needs: ['plantForeign'],
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      await trial.harness.plantForeign?.(spec.tenant_id);
      const planted = await trial.inventory();
      const error = await thrownBy(provider.update(spec.tenant_id, spec));
      const refused = error instanceof TenantNotFoundError || error instanceof ResourceConflictError;
      expect(refused, 'an update is refused with TenantNotFoundError or ResourceConflictError').toBe(true);
      await expectGone(provider, spec.tenant_id);
      expect(await trial.inventory()).toEqual(planted);
    },
  },
  {
    rule: 'a foreign resource is not destroyed',
    needs: ['plantForeign'],
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      await trial.harness.plantForeign?.(tenantId);
      const planted = await trial.inventory();
      const error = await thrownBy(provider.destroy(tenantId));
      if (error !== undefined) expect(error).toBeInstanceOf(ResourceConflictError);
      expect(await trial.inventory()).toEqual(planted);
    },
  },
  {
    rule: 'a specification cannot override the default labels: its tenant is still found and removed',
    async run(trial) {
      const before = await trial.inventory();
      const spec = trial.spec(trial.tenant(), 1, { labels: forged });
      await trial.up(await trial.fresh(), spec);
      const fresh = await trial.fresh();
      expect(await heldIds(fresh)).toEqual([spec.tenant_id]);
      await fresh.destroy(spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'every resource carries the default labels and those of the specification',
    needs: ['labels'],
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant(), 1, { labels: { ...forged, team: 'payments' } });
      await trial.up(provider, spec);
      const labels = (await trial.harness.labels?.(spec.tenant_id)) ?? [];
      expect(labels.length, 'labelled resources').toBeGreaterThan(0);
      for (const one of labels) expect(one).toMatchObject(labelsFor(spec, provider.name));
    },
  },
  {
    rule: 'the id of the installation is on every resource, and in the list',
    needs: ['labels'],
    async run(trial) {
      const spec = trial.spec(trial.tenant(), 1, { labels: { [INSTALLATION_LABEL]: 'forged0install' } });
      await trial.up(asInstallation(await trial.fresh(), ONE), spec);
      const labels = (await trial.harness.labels?.(spec.tenant_id)) ?? [];
      expect(labels.length, 'labelled resources').toBeGreaterThan(0);
      for (const one of labels) expect(one).toMatchObject({ [INSTALLATION_LABEL]: ONE });
      expect(await held(await trial.fresh())).toMatchObject([{ tenant_id: spec.tenant_id, installation: ONE }]);
    },
  },
  {
    rule: 'the resources of another installation are never touched',
    async run(trial) {
      const owner = asInstallation(await trial.fresh(), ONE);
      const other = asInstallation(await trial.fresh(), TWO);
      const spec = trial.spec(trial.tenant());
      await trial.up(owner, spec);
      const resources = await trial.inventory();
      await refusal(other.provision(spec), ResourceConflictError);
      const error = await thrownBy(other.update(spec.tenant_id, trial.spec(spec.tenant_id, 2)));
      const refused = error instanceof TenantNotFoundError || error instanceof ResourceConflictError;
      expect(refused, 'an update is refused with TenantNotFoundError or ResourceConflictError').toBe(true);
      await refusal(other.getStatus(spec.tenant_id), TenantNotFoundError);
      await other.destroy(spec.tenant_id);
      expect(await trial.inventory()).toEqual(resources);
      await expectServes(trial, owner, spec, 1);
    },
  },
  {
    rule: 'resources without the id of an installation are the caller’s, and get it at their next change',
    async run(trial) {
      const spec = trial.spec(trial.tenant());
      await trial.up(await trial.fresh(), spec);
      const owner = asInstallation(await trial.fresh(), ONE);
      expect(await owner.update(spec.tenant_id, spec)).toMatchObject({ status: 'no_changes' });
      await expectServes(trial, owner, spec, 1);
      await owner.update(spec.tenant_id, trial.spec(spec.tenant_id, 2));
      await trial.running(owner, spec.tenant_id);
      expect(await held(owner)).toMatchObject([{ installation: ONE }]);
    },
  },
  {
    rule: 'providers of different names do not see, change or remove the tenants of each other',
    async run(trial) {
      const provider = await trial.fresh();
      const other = await trial.fresh({ name: `${provider.name}-b` });
      const spec = trial.spec(trial.tenant());
      await trial.up(provider, spec);
      const resources = await trial.inventory();
      await expectGone(other, spec.tenant_id);
      await refusal(other.update(spec.tenant_id, trial.spec(spec.tenant_id, 2)), TenantNotFoundError);
      await other.destroy(spec.tenant_id);
      expect(await trial.inventory()).toEqual(resources);
      await expectServes(trial, provider, spec, 1);
    },
  },
];
