import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { TenantNotFoundError } from '../../../src/compute/errors.ts';
import { MAX_PENDING } from '../../../src/compute/spec/limits.ts';
import { changedFields, specHash } from '../../../src/compute/spec/spec-diff.ts';
import { expectServes, expectUpdateFails, held, refusal, reordered, thrownBy } from '../expectations.ts';
import type { Rule } from '../trial.ts';

/** An env value that must not appear in any fingerprint. */
const canary = 'canary-27d0b6c19e44';

export const updateRules: readonly Rule[] = [
  {
    rule: 'update with an equal specification returns no_changes and changes nothing',
    async run(trial) {
      const { provider, spec, status: before, resources } = await trial.started();
      for (const equal of [spec, reordered(spec)]) {
        const { status, changes } = await provider.update(spec.tenant_id, equal);
        expect({ status, changes: changes ?? [] }).toEqual({ status: 'no_changes', changes: [] });
      }
      expect(await trial.inventory()).toEqual(resources);
      expect((await trial.running(provider, spec.tenant_id)).metadata).toEqual(before.metadata);
    },
  },
  {
    rule: 'update replaces the serving version, and a repetition returns no_changes',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      const next = trial.spec(tenantId, 2);
      const { status } = await provider.update(tenantId, next);
      expect(['success', 'in_progress']).toContain(status);
      if (status === 'success') {
        expect((await provider.getStatus(tenantId)).metadata.spec_hash, 'spec_hash after success').toBe(specHash(next));
      }
      await expectServes(trial, provider, next, 2);
      expect((await provider.update(tenantId, next)).status, 'status of the same update again').toBe('no_changes');
    },
  },
  {
    rule: 'update returns the changed fields as pointers into the specification',
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      const [before, after] = [trial.spec(tenantId, 1), trial.spec(tenantId, 2)];
      await trial.up(provider, before);
      const { changes } = await provider.update(tenantId, after);
      expect(changes.toSorted()).toEqual(changedFields(before, after));
      await trial.settle(provider, tenantId);
    },
  },
  {
    rule: 'update keeps containers running that did not change',
    needs: ['identity'],
    async run(trial) {
      const { provider, spec, tenantId } = await trial.started();
      const identities = () =>
        Promise.all(spec.containers.map(({ name }) => trial.harness.identity?.(tenantId, name) ?? ''));
      const [first, ...others] = await identities();
      expect(others.length, 'containers besides the first').toBeGreaterThan(0);
      await provider.update(tenantId, trial.spec(tenantId, 2));
      await trial.running(provider, tenantId);
      const [replaced, ...kept] = await identities();
      expect(kept).toEqual(others);
      expect(replaced).not.toBe(first);
    },
  },
  {
    rule: 'fingerprints tell which containers an update keeps, and reveal no value of the specification',
    needs: ['identity'],
    async run(trial) {
      const provider = await trial.fresh();
      const fingerprints = provider.fingerprints?.bind(provider);
      if (!fingerprints) return; // every change then counts as one that replaces everything
      const tenantId = trial.tenant();
      const before = trial.spec(tenantId, 1, { canary });
      const after = trial.spec(tenantId, 2, { canary });
      const names = before.containers.map(({ name }) => name);
      const [told, now] = [await fingerprints(before), await fingerprints(after)];
      expect(Object.keys(told).toSorted(), 'the containers that have fingerprints').toEqual(names.toSorted());
      expect(await fingerprints(reordered(before)), 'of an equal specification').toEqual(told);
      expect(JSON.stringify([told, now])).not.toContain(canary);
      await trial.up(provider, before);
      const identities = () => Promise.all(names.map((name) => trial.harness.identity?.(tenantId, name) ?? ''));
      const running = await identities();
      await provider.update(tenantId, after);
      await trial.running(provider, tenantId);
      const kept = (await identities()).map((identity, index) => identity === running[index]);
      const expectedToStay = names.map((name) => told[name] === now[name]);
      expect(expectedToStay, 'which containers stay').toEqual(kept);
    },
  },
  {
    rule: 'update of an unknown tenant is refused with TenantNotFoundError and creates nothing',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      const before = await trial.inventory();
      await refusal(provider.update(spec.tenant_id, spec), TenantNotFoundError);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'concurrent equal updates join and have one effect',
    async run(trial) {
      const { provider: first, tenantId, resources } = await trial.started();
      const instances = [first, await trial.fresh()] as const;
      const next = trial.spec(tenantId, 2);
      const answers = await Promise.all(
        [...instances, ...instances].map((provider) => provider.update(tenantId, next)),
      );
      for (const { status } of answers) expect(['success', 'in_progress', 'no_changes']).toContain(status);
      await expectServes(trial, instances[1], next, 2);
      expect(await trial.inventory()).toHaveLength(resources.length);
    },
  },
  {
    rule: 'a long update returns in_progress and is joined by a repeated call, while the old version serves',
    async run(trial) {
      const { provider, spec } = await trial.started();
      const stuck = trial.stuckSpec(spec.tenant_id, 2);
      for (const again of [provider, await trial.fresh()]) {
        expect((await again.update(spec.tenant_id, stuck)).status).toBe('in_progress');
        const { state, metadata } = await again.getStatus(spec.tenant_id);
        expect(state, 'state during an update').toBe('running');
        expect(metadata).toMatchObject({ spec_hash: specHash(spec), pending_spec_hash: specHash(stuck) });
        if (trial.harness.answers) expect(await trial.harness.answers(spec.tenant_id)).toBe(1);
      }
    },
  },
  {
    rule: 'an update replaces one that is in progress',
    async run(trial) {
      const { provider, tenantId, resources } = await trial.started();
      await provider.update(tenantId, trial.stuckSpec(tenantId, 2));
      const next = trial.spec(tenantId, 3);
      const { status } = await (await trial.fresh()).update(tenantId, next);
      expect(['success', 'in_progress']).toContain(status);
      await expectServes(trial, provider, next, 3);
      expect(await trial.inventory()).toHaveLength(resources.length);
    },
  },
  {
    rule: 'an update back to the serving version drops the one in progress, without a new version',
    async run(trial) {
      const { provider, spec, tenantId, resources } = await trial.started();
      const stuck = trial.stuckSpec(tenantId, 2);
      await provider.update(tenantId, stuck);
      const { status } = await (await trial.fresh()).update(tenantId, spec);
      expect(['success', 'in_progress', 'no_changes']).toContain(status);
      await trial.until('the version in progress is gone', async () => {
        const { state, metadata } = await provider.getStatus(tenantId);
        expect(state, 'state meanwhile').toBe('running');
        return metadata.pending_spec_hash !== specHash(stuck) || undefined;
      });
      await expectServes(trial, provider, spec, 1);
      expect(await trial.inventory()).toEqual(resources);
    },
  },
  {
    rule: 'an aborted update does not take effect after a later one',
    async run(trial) {
      const { provider, tenantId, resources } = await trial.started();
      const later = await trial.fresh();
      for (const [round, delay] of [0, 1, 5, 25].entries()) {
        const abort = new AbortController();
        const older = thrownBy(provider.update(tenantId, trial.hangingSpec(tenantId, 2), { signal: abort.signal }));
        await setTimeout(delay);
        abort.abort(new Error('a newer version is wanted'));
        await older;
        const next = trial.spec(tenantId, 3 + round);
        await later.update(tenantId, next);
        await expectServes(trial, later, next, 3 + round);
        expect((await later.getStatus(tenantId)).metadata.pending_spec_hash, 'a version on its way').toBeUndefined();
      }
      expect(await trial.inventory()).toHaveLength(resources.length);
    },
  },
  {
    rule: 'a status says what a version on its way waits for, without env values',
    async run(trial) {
      const { provider, tenantId } = await trial.started();
      await provider.update(tenantId, trial.stuckSpec(tenantId, 2, { canary }));
      const message = await trial.until('the status says it', async () => {
        return (await provider.getStatus(tenantId)).metadata.pending_message;
      });
      expect(message.length).toBeLessThanOrEqual(MAX_PENDING);
      expect(message).not.toContain(canary);
      const { pending_until } = (await provider.getStatus(tenantId)).metadata;
      if (pending_until !== undefined) expect(new Date(pending_until).toISOString()).toBe(pending_until);
      await provider.update(tenantId, trial.spec(tenantId, 3));
      await trial.running(provider, tenantId);
      expect((await provider.getStatus(tenantId)).metadata).not.toHaveProperty('pending_message');
    },
  },
  {
    rule: 'a failed update is reported, and leaves the old version running and nothing of the new one',
    async run(trial) {
      const { provider, spec, resources } = await trial.started();
      await expectUpdateFails(trial, provider, trial.failingSpec(spec.tenant_id, 2));
      await expectServes(trial, provider, spec, 1);
      expect(await trial.inventory()).toEqual(resources);
      expect(await held(provider)).toEqual([expect.objectContaining({ tenant_id: spec.tenant_id })]);
    },
  },
  {
    rule: 'after a failed update the old specification returns no_changes and a corrected one is accepted',
    async run(trial) {
      const { provider, spec } = await trial.started();
      await expectUpdateFails(trial, provider, trial.failingSpec(spec.tenant_id, 2));
      const fresh = await trial.fresh();
      expect((await fresh.update(spec.tenant_id, spec)).status).toBe('no_changes');
      await fresh.update(spec.tenant_id, trial.spec(spec.tenant_id, 3));
      await expectServes(trial, provider, trial.spec(spec.tenant_id, 3), 3);
    },
  },
  {
    rule: 'the hash that a call gives stands for its specification, and no other digest of it is shown',
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      const [first, second, stuck] = [trial.spec(tenantId, 1), trial.spec(tenantId, 2), trial.stuckSpec(tenantId, 3)];
      for (let time = 0; time < 2; time += 1) {
        const { status } = await provider.provision(first, { spec_hash: 'hmac-first' });
        expect(['success', 'in_progress'], 'status of a provision').toContain(status);
        expect((await trial.running(provider, tenantId)).metadata.spec_hash).toBe('hmac-first');
      }
      await provider.update(tenantId, second, { spec_hash: 'hmac-second' });
      expect((await trial.running(provider, tenantId)).metadata.spec_hash).toBe('hmac-second');
      const { status } = await provider.update(tenantId, second, { spec_hash: 'hmac-second' });
      expect(status, 'status of the same update again').toBe('no_changes');
      await provider.update(tenantId, stuck, { spec_hash: 'hmac-stuck' });
      const { metadata } = await provider.getStatus(tenantId);
      expect(metadata).toMatchObject({ spec_hash: 'hmac-second', pending_spec_hash: 'hmac-stuck' });
      for (const { spec_hash } of await held(provider)) expect([undefined, 'hmac-second']).toContain(spec_hash);
      for (const spec of [first, second, stuck]) expect(trial.transcript.join()).not.toContain(specHash(spec));
    },
  },
  {
    rule: 'an update with the same specification under another hash leaves that hash, and the tenant running',
    async run(trial) {
      const { provider, spec, tenantId, resources } = await trial.started();
      await provider.update(tenantId, spec, { spec_hash: 'hmac-other' });
      expect((await trial.running(provider, tenantId)).metadata.spec_hash).toBe('hmac-other');
      expect(await trial.inventory()).toHaveLength(resources.length);
      const { status } = await provider.update(tenantId, spec, { spec_hash: 'hmac-other' });
      expect(status, 'status of the same update again').toBe('no_changes');
    },
  },
  {
    rule: 'the old version serves until the new one is ready',
    async run(trial) {
      const provider = await trial.fresh();
      const observer = await trial.fresh();
      const tenantId = trial.tenant();
      const specs = [trial.spec(tenantId, 1), trial.spec(tenantId, 2)] as const;
      await trial.up(provider, specs[0]);
      const update = provider.update(tenantId, specs[1]);
      await trial.until('the new version serves', async () => {
        const { state, metadata } = await observer.getStatus(tenantId);
        expect(state, 'state during an update').toBe('running');
        expect(specs.map(specHash), 'spec_hash during an update').toContain(metadata.spec_hash);
        return metadata.spec_hash === specHash(specs[1]) && !metadata.pending_spec_hash ? true : undefined;
      });
      await update;
    },
  },
];
