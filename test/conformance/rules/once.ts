import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { Provider } from '../../../src/compute/provider.ts';
import type { ComputeStatus } from '../../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { expectServes, thrownBy } from '../expectations.ts';
import type { Rule, Trial } from '../trial.ts';
import { atEachChange } from './interruption.ts';

/** Rules about containers that run once. A provider without the capability `start_order` keeps them by having none. */
export const onceRules: readonly Rule[] = [
  {
    rule: 'a container that runs once ends before its version serves, and shows as stopped and ready in a running tenant',
    async run(trial) {
      const once = await trial.once();
      if (!once) return;
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      const status = await trial.up(provider, trial.onceSpec(once, tenantId));
      expect(await once.runs(tenantId), 'runs of setup').toBe(1);
      expect(setupOf(status), inspect(status)).toMatchObject({ state: 'stopped', ready: true });
      for (const { name, state } of status.containers) if (name !== 'setup') expect(state, name).toBe('running');
      const { state, health } = await provider.getStatus(tenantId);
      expect({ state, isUnhealthy: health === 'unhealthy' }).toEqual({ state: 'running', isUnhealthy: false });
    },
  },
  {
    rule: 'no other container starts before one that runs once has ended, and the status says what they wait for',
    async run(trial) {
      const once = await trial.once();
      if (!once) return;
      const provider = await trial.fresh();
      const spec = trial.onceSpec(once, trial.tenant(), 1, 'never');
      expect((await provider.provision(spec)).status).toBe('in_progress');
      const message = await trial.until('the status says it', async () => {
        return (await provider.getStatus(spec.tenant_id)).metadata.pending_message;
      });
      expect(message).toContain('setup');
      const { state, containers } = await provider.getStatus(spec.tenant_id);
      expect(state).toBe('starting');
      expect(containers.filter(({ ready }) => ready)).toEqual([]);
      expect((await trial.harness.instances?.(spec.tenant_id))?.length ?? 0, 'what runs').toBeLessThan(2);
    },
  },
  {
    rule: 'a container that runs once and fails, fails its version with its exit code, and the old version serves',
    async run(trial) {
      const once = await trial.once();
      if (!once) return;
      const { provider, spec, tenantId, resources } = await trial.started();
      const failing = trial.onceSpec(once, tenantId, 2, 'failure');
      const error = await thrownBy(provider.update(tenantId, failing));
      const { metadata } = await trial.settle(provider, tenantId);
      expect(metadata.failed_spec_hash, 'failed_spec_hash').toBe(specHash(failing));
      for (const text of [metadata.failure, ...(error instanceof Error ? [error.message] : [])]) {
        expect(text).toMatch(/setup.*\bcode [1-9]/s);
      }
      await expectServes(trial, provider, spec, 1);
      expect(await trial.inventory()).toEqual(resources);
    },
  },
  {
    rule: 'a container that runs once does so for each version, also where it did not change, and once for each',
    async run(trial) {
      const once = await trial.once();
      if (!once) return;
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      const [first, second] = [trial.onceSpec(once, tenantId, 1), trial.onceSpec(once, tenantId, 2)];
      await trial.up(provider, first);
      await provider.update(tenantId, second);
      await expectServes(trial, provider, second, 2);
      expect(await once.runs(tenantId), 'runs for two versions').toBe(2);
      for (const again of [provider, await trial.fresh()]) {
        expect((await again.update(tenantId, second)).status).toBe('no_changes');
        await again.provision(second);
        await trial.running(again, tenantId);
      }
      expect(await once.runs(tenantId), 'runs after repeated calls').toBe(2);
      await provider.update(tenantId, first);
      await expectServes(trial, provider, first, 1);
      expect(await once.runs(tenantId), 'runs after the way back').toBe(3);
    },
  },
  {
    rule: 'a stop, a start and a restart do not run a container again that ran once for the version',
    async run(trial) {
      const once = await trial.once();
      const { stop } = await trial.capabilities();
      if (!once || !stop || once.repeats) return;
      const provider = await trial.fresh();
      const spec = trial.onceSpec(once, trial.tenant());
      const { tenant_id: tenantId } = spec;
      await trial.up(provider, spec);
      await provider.stop?.(tenantId);
      await trial.until('the tenant is stopped', async () => {
        return (await provider.getStatus(tenantId)).state === 'stopped' || undefined;
      });
      await provider.update(tenantId, spec);
      await expectServes(trial, provider, spec, 1);
      await provider.update(tenantId, spec, { restart: 'again' });
      const status = await expectServes(trial, provider, spec, 1);
      expect(setupOf(status)).toMatchObject({ state: 'stopped', ready: true });
      expect(await once.runs(tenantId), 'runs of setup').toBe(1);
    },
  },
  {
    rule: 'after a kill between any two changes no version serves without its containers that run once, nor runs them again',
    needs: ['mortal'],
    patience: 60,
    async run(trial) {
      const once = await trial.once();
      if (!once) return;
      const { tenantId, resources } = await trial.started();
      await atEachChange(trial, Math.min(2, trial.killStride), async (at, mortal) => {
        const next = trial.onceSpec(once, tenantId, at + 1);
        const before = await once.runs(tenantId);
        await thrownBy(mortal.update(tenantId, next));
        const fresh = await trial.fresh();
        const status = await fresh.getStatus(tenantId);
        const runs = (await once.runs(tenantId)) - before;
        const isServing = status.metadata.spec_hash === specHash(next);
        if (isServing) expect(runs, `runs of a version that serves after a kill at change ${at}`).toBeGreaterThan(0);
        await finish(trial, fresh, next);
        await expectServes(trial, fresh, next, at + 1);
        const all = (await once.runs(tenantId)) - before;
        if (isServing && !once.repeats) expect(all, `runs in all after a kill at change ${at}`).toBe(runs);
        else expect(all, `runs in all after a kill at change ${at}`).toBeGreaterThan(0);
        expect(await trial.inventory()).toHaveLength(resources.length + setupResources(await trial.inventory()));
        return undefined;
      });
    },
  },
];

function setupOf({ containers }: ComputeStatus) {
  return containers.find(({ name }) => name === 'setup');
}

/** A provider may keep the container that ended, for its logs. */
function setupResources(inventory: readonly string[]): number {
  return inventory.filter((resource) => /\bsetup\b|_setup_/.test(resource)).length;
}

async function finish(trial: Trial, provider: Provider, spec: TenantComputeSpec): Promise<void> {
  await trial.until(`${spec.tenant_id} is finished`, async () => {
    await provider.update(spec.tenant_id, spec);
    const { metadata } = await trial.settle(provider, spec.tenant_id);
    return metadata.spec_hash === specHash(spec) && !metadata.open_steps ? metadata : undefined;
  });
}
