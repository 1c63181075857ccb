import { expect } from 'vitest';
import { expectGone, expectServes, expectUpdateFails, thrownBy } from '../expectations.ts';
import type { Rule } from '../trial.ts';

export const destroyRules: readonly Rule[] = [
  {
    rule: 'destroy removes everything of the tenant and nothing else',
    async run(trial) {
      const { provider, spec: other, resources: before } = await trial.started();
      const spec = trial.spec(trial.tenant());
      await trial.up(provider, spec);
      await provider.destroy(spec.tenant_id);
      await expectGone(provider, spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
      await expectServes(trial, provider, other, 1);
    },
  },
  {
    rule: 'destroy of an unknown tenant succeeds',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      expect(await thrownBy(provider.destroy(trial.tenant())), 'thrown by destroy').toBeUndefined();
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'a repeated destroy succeeds',
    async run(trial) {
      const { provider, spec } = await trial.started();
      await provider.destroy(spec.tenant_id);
      for (const again of [provider, await trial.fresh()]) {
        expect(await thrownBy(again.destroy(spec.tenant_id)), 'thrown by destroy').toBeUndefined();
      }
    },
  },
  {
    rule: 'concurrent destroys of one tenant all succeed',
    async run(trial) {
      const instances = await Promise.all([trial.fresh(), trial.fresh()]);
      const spec = trial.spec(trial.tenant());
      await trial.up(instances[0], spec);
      const calls = [...instances, ...instances].map((provider) => thrownBy(provider.destroy(spec.tenant_id)));
      expect(await Promise.all(calls), 'thrown by destroy').toEqual(calls.map(() => undefined));
      await expectGone(instances[0], spec.tenant_id);
    },
  },
  {
    rule: 'an aborted signal does not stop destroy',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const midway = new AbortController();
      for (const signal of [AbortSignal.abort(new Error('the caller left')), midway.signal]) {
        const spec = trial.spec(trial.tenant());
        await trial.up(provider, spec);
        const call = thrownBy(provider.destroy(spec.tenant_id, { signal }));
        midway.abort(new Error('the caller left'));
        expect(await call, 'thrown by destroy').toBeUndefined();
        await expectGone(await trial.fresh(), spec.tenant_id);
        expect(await trial.inventory()).toEqual(before);
      }
    },
  },
  {
    rule: 'a tenant that is destroyed while it starts does not come back',
    async run(trial) {
      const provider = await trial.fresh();
      const other = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      await provider.provision(spec);
      await other.destroy(spec.tenant_id);
      // The rollout of another tenant measures the time: this one would have started within it.
      const clock = trial.spec(trial.tenant());
      await trial.up(provider, clock);
      await expectGone(provider, spec.tenant_id);
      await other.destroy(clock.tenant_id);
      expect(await trial.inventory()).toEqual([]);
    },
  },
  {
    rule: 'destroy removes a tenant whose last update failed',
    async run(trial) {
      const before = await trial.inventory();
      const { provider, spec } = await trial.started();
      await expectUpdateFails(trial, provider, trial.failingSpec(spec.tenant_id, 2));
      await (await trial.fresh()).destroy(spec.tenant_id);
      await expectGone(provider, spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'the id of a destroyed tenant can be provisioned with another specification',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      await provider.destroy(tenantId);
      const next = trial.spec(tenantId, 2);
      expect(await thrownBy(provider.provision(next)), 'thrown by provision').toBeUndefined();
      await expectServes(trial, provider, next, 2);
    },
  },
  {
    rule: 'a destroy for another life of the tenant leaves the resources alone',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const spec = trial.spec(trial.tenant());
      await provider.provision(spec, { incarnation: 'life1' });
      await trial.running(provider, spec.tenant_id);
      await (await trial.fresh()).destroy(spec.tenant_id, { incarnation: 'life0' });
      await expectServes(trial, provider, spec, 1);
      // An update, and a provision that changes nothing, mark what is there for the life that they are about.
      const next = trial.spec(spec.tenant_id, 2);
      await provider.update(spec.tenant_id, next, { incarnation: 'life2' });
      await trial.running(provider, spec.tenant_id);
      await provider.destroy(spec.tenant_id, { incarnation: 'life1' });
      await expectServes(trial, provider, next, 2);
      await (await trial.fresh()).provision(next, { incarnation: 'life3' });
      await provider.destroy(spec.tenant_id, { incarnation: 'life2' });
      await expectServes(trial, provider, next, 2);
      expect((await provider.getStatus(spec.tenant_id)).metadata.incarnation).toBe('life3');
      await provider.destroy(spec.tenant_id, { incarnation: 'life3' });
      await expectGone(provider, spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'a destroy for a life removes resources that carry no mark of one',
    async run(trial) {
      const { provider, spec } = await trial.started();
      await provider.destroy(spec.tenant_id, { incarnation: 'life1' });
      await expectGone(provider, spec.tenant_id);
    },
  },
];
