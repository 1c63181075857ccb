import { expect } from 'vitest';
import { StopFailedError, TenantNotFoundError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { ComputeStatus } from '../../../src/compute/results.ts';
import { expectGone, expectServes, held, refusal, thrownBy } from '../expectations.ts';
import type { Rule, Trial } from '../trial.ts';
import { atEachChange } from './interruption.ts';

const STOPPED_AT_KILL =
  'a stop that was killed between any two changes is completed by the next, and a start brings it up';
const RESTART_AT_KILL = 'a restart that was killed between any two changes is completed by the next with its id';

/** Rules about stop, start and restart. A provider without the capability passes all of them. */
export const stopRules: readonly Rule[] = [
  {
    rule: 'stop is a method exactly if the capabilities say so',
    async run(trial) {
      const provider = await trial.fresh();
      const { stop } = await trial.capabilities();
      expect(provider.stop !== undefined, 'stop is a method').toBe(stop);
    },
  },
  {
    rule: 'stop ends everything that runs, and the tenant stays stopped under a new instance',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const { spec, tenantId } = await begun(trial, provider);
        await stop(tenantId);
        for (const observer of [provider, await trial.fresh()]) {
          await expectStopped(trial, observer, tenantId);
          expect(await held(observer)).toEqual([expect.objectContaining({ tenant_id: tenantId, is_stopped: true })]);
        }
        if (trial.harness.answers) expect(await trial.harness.answers(tenantId)).toBeUndefined();
        const { containers } = await provider.getStatus(tenantId);
        expect(containers.map(({ name }) => name)).toEqual(spec.containers.map(({ name }) => name));
        expect(containers.filter(({ ready }) => ready)).toEqual([]);
      }),
  },
  {
    rule: 'a repeated or concurrent stop changes nothing',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const { tenantId } = await begun(trial, provider);
        const other = await trial.fresh();
        const calls = [stop(tenantId), other.stop?.(tenantId), stop(tenantId)].map((call) =>
          thrownBy(call ?? Promise.resolve()),
        );
        expect(await Promise.all(calls), 'thrown by stop').toEqual([undefined, undefined, undefined]);
        const { metadata } = await expectStopped(trial, provider, tenantId);
        const resources = await trial.inventory();
        await other.stop?.(tenantId);
        expect((await expectStopped(trial, provider, tenantId)).metadata).toEqual(metadata);
        expect(await trial.inventory()).toEqual(resources);
      }),
  },
  {
    rule: 'stop of an unknown tenant is refused with TenantNotFoundError and creates nothing',
    run: (trial) =>
      withStop(trial, async (_, stop) => {
        const before = await trial.inventory();
        await refusal(stop(trial.tenant()), TenantNotFoundError);
        expect(await trial.inventory()).toEqual(before);
      }),
  },
  {
    rule: 'stop for another incarnation changes nothing',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const spec = trial.spec(trial.tenant());
        await provider.provision(spec, { incarnation: 'aaaaaaaaaaaa' });
        await trial.running(provider, spec.tenant_id);
        await stop(spec.tenant_id, { incarnation: 'bbbbbbbbbbbb' });
        await expectServes(trial, provider, spec, 1);
      }),
  },
  {
    rule: 'update or provision with an equal specification starts a stopped tenant',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const { spec, tenantId, resources } = await begun(trial, provider);
        for (const call of ['update', 'provision'] as const) {
          await stop(tenantId);
          await expectStopped(trial, provider, tenantId);
          const fresh = await trial.fresh();
          const { status } = await (call === 'update' ? fresh.update(tenantId, spec) : fresh.provision(spec));
          expect(['success', 'in_progress'], `status of the ${call}`).toContain(status);
          const { metadata } = await expectServes(trial, provider, spec, 1);
          expect(metadata.stopped, 'the mark of a stopped tenant').toBeUndefined();
          expect((await held(provider))[0]?.is_stopped, 'the mark in the list').toBeFalsy();
          expect(await trial.inventory()).toHaveLength(resources.length);
        }
      }),
  },
  {
    rule: 'update with another specification starts a stopped tenant with that one',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const { tenantId, resources } = await begun(trial, provider);
        await stop(tenantId);
        await expectStopped(trial, provider, tenantId);
        await (await trial.fresh()).update(tenantId, trial.spec(tenantId, 2));
        await expectServes(trial, provider, trial.spec(tenantId, 2), 2);
        expect(await trial.inventory()).toHaveLength(resources.length);
      }),
  },
  {
    rule: 'stop gives up a rollout in progress',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const { spec, tenantId, resources } = await begun(trial, provider);
        await provider.update(tenantId, trial.stuckSpec(tenantId, 2));
        await stop(tenantId);
        await expectStopped(trial, provider, tenantId);
        await (await trial.fresh()).update(tenantId, spec);
        await expectServes(trial, provider, spec, 1);
        expect(await trial.inventory()).toHaveLength(resources.length);
      }),
  },
  {
    rule: 'stop ends a tenant that never became ready',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const tenantId = trial.tenant();
        await provider.provision(trial.stuckSpec(tenantId));
        await stop(tenantId);
        await expectStopped(trial, provider, tenantId);
        await provider.update(tenantId, trial.spec(tenantId, 2));
        await expectServes(trial, provider, trial.spec(tenantId, 2), 2);
      }),
  },
  {
    rule: 'destroy removes a stopped tenant',
    run: (trial) =>
      withStop(trial, async (provider, stop) => {
        const before = await trial.inventory();
        const { tenantId } = await begun(trial, provider);
        await stop(tenantId);
        await expectStopped(trial, provider, tenantId);
        await provider.destroy(tenantId);
        await expectGone(provider, tenantId);
        expect(await trial.inventory()).toEqual(before);
      }),
  },
  {
    rule: 'a restart replaces every container once, however often it is repeated with its id',
    needs: ['instances'],
    run: (trial) =>
      withStop(trial, async (provider) => {
        const { spec, tenantId, resources } = await begun(trial, provider);
        let before = await instancesOf(trial, tenantId);
        for (const restart of ['acme.1', 'acme.2']) {
          const { status } = await provider.update(tenantId, spec, { restart });
          expect(['success', 'in_progress'], 'status of a restart').toContain(status);
          const { metadata } = await expectServes(trial, provider, spec, 1);
          expect(metadata.restart, 'the restart that made what serves').toBe(restart);
          const after = await instancesOf(trial, tenantId);
          expect(after, 'what runs after a restart').toHaveLength(before.length);
          expect(
            after.filter((one) => before.includes(one)),
            'what was not replaced',
          ).toEqual([]);
          for (const again of [provider, await trial.fresh()]) {
            expect((await again.update(tenantId, spec, { restart })).status, 'of a repetition').toBe('no_changes');
          }
          expect((await provider.update(tenantId, spec)).status, 'of an update without a restart').toBe('no_changes');
          expect(await instancesOf(trial, tenantId), 'what runs after repetitions').toEqual(after);
          before = after;
        }
        expect(await trial.inventory()).toHaveLength(resources.length);
      }),
  },
  {
    rule: STOPPED_AT_KILL,
    needs: ['mortal'],
    patience: 60,
    run: (trial) =>
      withStop(trial, async (provider) => {
        const { spec, tenantId, resources } = await begun(trial, provider);
        await atEachChange(trial, 1, async (at, mortal) => {
          await thrownBy(mortal.stop?.(tenantId) ?? Promise.resolve());
          const fresh = await trial.fresh();
          await fresh.stop?.(tenantId);
          await expectStopped(trial, fresh, tenantId);
          await fresh.update(tenantId, spec);
          await expectServes(trial, fresh, spec, 1);
          expect(await trial.inventory(), `resources after a kill at change ${at}`).toHaveLength(resources.length);
          return undefined;
        });
      }),
  },
  {
    rule: RESTART_AT_KILL,
    needs: ['mortal', 'instances'],
    patience: 60,
    run: (trial) =>
      withStop(trial, async (provider) => {
        const { spec, tenantId, resources } = await begun(trial, provider);
        await atEachChange(trial, 1, async (at, mortal) => {
          const before = await instancesOf(trial, tenantId);
          const restart = `acme.${at}`;
          await thrownBy(mortal.update(tenantId, spec, { restart }));
          const fresh = await trial.fresh();
          await trial.until(`the restart is finished after a kill at change ${at}`, async () => {
            await fresh.update(tenantId, spec, { restart });
            const { metadata } = await trial.settle(fresh, tenantId);
            return metadata.restart === restart && !metadata.open_steps ? metadata : undefined;
          });
          await expectServes(trial, fresh, spec, 1);
          const after = await instancesOf(trial, tenantId);
          expect(
            after.filter((one) => before.includes(one)),
            'what was not replaced',
          ).toEqual([]);
          expect(await trial.inventory(), `resources after a kill at change ${at}`).toHaveLength(resources.length);
          return undefined;
        });
      }),
  },
];

type Stop = NonNullable<Provider['stop']>;

/** Runs a check if the provider can stop tenants. A stop that failed and may be repeated is repeated. */
async function withStop(trial: Trial, check: (provider: Provider, stop: Stop) => Promise<void>): Promise<void> {
  const provider = await trial.fresh();
  const { stop } = provider;
  if (!stop || !(await trial.capabilities()).stop) return;
  await check(provider, async (tenantId, call) => {
    const error = await thrownBy(stop(tenantId, call));
    if (error instanceof StopFailedError) await stop(tenantId, call);
    else if (error !== undefined) throw error;
  });
}

async function begun(trial: Trial, provider: Provider) {
  const spec = trial.spec(trial.tenant());
  await trial.up(provider, spec);
  return { spec, tenantId: spec.tenant_id, resources: await trial.inventory() };
}

/** Expects that nothing of a tenant runs, by the status and by the backend, and that the status says why. */
async function expectStopped(trial: Trial, provider: Provider, tenantId: string): Promise<ComputeStatus> {
  const status = await trial.settle(provider, tenantId);
  expect(status.state, 'state of a stopped tenant').toBe('stopped');
  expect(status.metadata.stopped, 'the mark of a stopped tenant').toBe('true');
  expect(status.health, 'health of a stopped tenant').toBe('unknown');
  expect(await instancesOf(trial, tenantId), 'what runs of a stopped tenant').toEqual([]);
  return status;
}

async function instancesOf({ harness }: Trial, tenantId: string): Promise<string[]> {
  return ((await harness.instances?.(tenantId)) ?? []).toSorted();
}
