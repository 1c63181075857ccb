import { expect } from 'vitest';
import { expectProvisionFails } from '../expectations.ts';
import type { Rule } from '../trial.ts';

export const glanceRules: readonly Rule[] = [
  {
    rule: 'glance, if implemented, tells of each tenant that the provider holds',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      if (!provider.glance) return;
      const glances = await provider.glance([tenantId]);
      expect(
        glances.map(({ tenant_id }) => tenant_id),
        'glances',
      ).toEqual([tenantId]);
    },
  },
  {
    rule: 'glance, if implemented, calls no tenant well that is not there',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      if (!provider.glance) return;
      await provider.destroy(tenantId);
      const glances = await provider.glance([tenantId, trial.tenant()]);
      expect(
        glances.filter(({ is_well }) => is_well),
        'well although they are gone',
      ).toEqual([]);
    },
  },
  {
    rule: 'glance, if implemented, calls no tenant well that failed to start',
    async run(trial) {
      const provider = await trial.fresh();
      if (!provider.glance) return;
      const spec = trial.failingSpec(trial.tenant());
      await expectProvisionFails(trial, provider, spec);
      const glances = await provider.glance([spec.tenant_id]);
      expect(
        glances.filter(({ is_well }) => is_well),
        'well although it failed',
      ).toEqual([]);
      await provider.destroy(spec.tenant_id);
    },
  },
];
