import { expect } from 'vitest';
import { ComputeError } from '../../../src/compute/errors.ts';
import type { Provider, ProviderCall } from '../../../src/compute/provider.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { expectGone, expectServes, heldIds, thrownBy } from '../expectations.ts';
import type { Rule } from '../trial.ts';

/** Rules about calls that overlap, and calls that are aborted. */
export const overlapRules: readonly Rule[] = [
  {
    rule: 'tenants proceed in parallel: one that hangs delays no other',
    async run(trial) {
      const provider = await trial.fresh();
      const abort = new AbortController();
      const stuck = thrownBy(provider.provision(trial.hangingSpec(trial.tenant()), { signal: abort.signal }));
      try {
        const specs = [1, 2, 3].map(() => trial.spec(trial.tenant()));
        await Promise.all(specs.map((spec) => trial.up(provider, spec)));
        await Promise.all(specs.map(({ tenant_id }) => provider.destroy(tenant_id)));
      } finally {
        abort.abort(new Error('the caller left'));
        await stuck;
      }
    },
  },
  {
    rule: 'overlapping calls for one tenant end like calls in some sequence',
    async run(trial) {
      const before = await trial.inventory();
      const [one, two] = await Promise.all([trial.fresh(), trial.fresh()]);
      const tenantId = trial.tenant();
      const specs = [trial.spec(tenantId, 1), trial.spec(tenantId, 2)] as const;
      const calls = [
        one.provision(specs[0]),
        two.update(tenantId, specs[1]),
        two.getStatus(tenantId),
        two.destroy(tenantId),
        one.provision(specs[0]),
        one.update(tenantId, specs[1]),
      ];
      for (const error of await Promise.all(calls.map(thrownBy))) {
        if (error !== undefined) expect(error).toBeInstanceOf(ComputeError);
      }
      if ((await heldIds(one)).includes(tenantId)) {
        const { metadata } = await trial.running(one, tenantId);
        expect(specs.map(specHash)).toContain(metadata.spec_hash);
      }
      await one.destroy(tenantId);
      await expectGone(two, tenantId);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'every call but destroy rejects with the reason of an already aborted signal, and does nothing',
    async run(trial) {
      const { provider, spec, resources } = await trial.started();
      const reason = new Error('the caller left');
      const call = { signal: AbortSignal.abort(reason) };
      for (const [operation, run] of Object.entries(callsOf(provider, spec.tenant_id))) {
        const next = operation === 'provision' ? trial.spec(trial.tenant()) : trial.spec(spec.tenant_id, 2);
        expect(await thrownBy(run(next, call)), `thrown by ${operation}`).toBe(reason);
      }
      expect(await trial.inventory()).toEqual(resources);
      await expectServes(trial, provider, spec, 1);
    },
  },
  {
    rule: 'a call whose signal is aborted later stops waiting, and rejects with the reason',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      const stuck = { provision: trial.hangingSpec(trial.tenant()), update: trial.hangingSpec(tenantId, 2) };
      for (const operation of ['provision', 'update'] as const) {
        const abort = new AbortController();
        const reason = new Error('the caller left');
        const call = callsOf(provider, tenantId)[operation](stuck[operation], { signal: abort.signal });
        const leave = setTimeout(() => abort.abort(reason), trial.timeout / 10);
        const error = await thrownBy(call);
        clearTimeout(leave);
        // Without an error the call returned in_progress before the abort.
        if (error !== undefined) expect(error, `thrown by ${operation}`).toBe(reason);
        await provider.destroy(stuck[operation].tenant_id);
      }
    },
  },
  {
    rule: 'another instance lists and removes what an aborted call has begun',
    async run(trial) {
      const before = await trial.inventory();
      for (const delay of [0, 1, 5, 25]) {
        const abort = new AbortController();
        const spec = delay % 2 === 0 ? trial.spec(trial.tenant()) : trial.hangingSpec(trial.tenant());
        const call = thrownBy((await trial.fresh()).provision(spec, { signal: abort.signal }));
        setTimeout(() => abort.abort(new Error('the caller left')), delay);
        await call;
        const fresh = await trial.fresh();
        await trial.until('list shows exactly what was begun', async () => {
          const begun = (await trial.inventory()).length > before.length;
          return (await heldIds(fresh)).includes(spec.tenant_id) === begun || undefined;
        });
        await fresh.destroy(spec.tenant_id);
        await expectGone(fresh, spec.tenant_id);
        expect(await trial.inventory()).toEqual(before);
      }
    },
  },
];

/** Returns every operation that obeys a signal, with the same signature. */
function callsOf(provider: Provider, tenantId: string) {
  type Spec = Parameters<Provider['provision']>[0];
  return {
    provision: (spec: Spec, call: ProviderCall) => provider.provision(spec, call),
    update: (spec: Spec, call: ProviderCall) => provider.update(tenantId, spec, call),
    getStatus: (_spec: Spec, call: ProviderCall) => provider.getStatus(tenantId, call),
    validate: (spec: Spec, call: ProviderCall) => provider.validate(spec, call),
    list: (_spec: Spec, call: ProviderCall) => Array.fromAsync(provider.list(call)),
  } satisfies Record<string, (spec: Spec, call: ProviderCall) => Promise<unknown>>;
}
