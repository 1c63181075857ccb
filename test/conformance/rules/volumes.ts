import { expect } from 'vitest';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { ComputeStatus, DestroyResult } from '../../../src/compute/results.ts';
import type { TenantComputeSpec, VolumeMount } from '../../../src/compute/spec/spec.ts';
import {
  expectGone,
  expectProvisionFails,
  expectServes,
  expectUpdateFails,
  refusal,
  thrownBy,
} from '../expectations.ts';
import type { VolumeAccess } from '../harness.ts';
import type { Rule, Trial } from '../trial.ts';
import { atEachChange } from './interruption.ts';

const DATA: VolumeMount = { name: 'data', path: '/data' };
const CACHE: VolumeMount = { name: 'cache', path: '/var/cache/app' };

/** Rules about volumes. A provider without the capability has to refuse them, and passes the other rules. */
export const volumesRules: readonly Rule[] = [
  {
    rule: 'a provider that keeps no volumes refuses a specification that mounts one',
    async run(trial) {
      if ((await trial.capabilities()).volumes) return;
      const { provider, spec, tenantId, resources } = await trial.started();
      const mounting = withMounts(trial.spec(tenantId, 2), [DATA]);
      const other = { ...withMounts(spec, [DATA]), tenant_id: trial.tenant() };
      for (const call of [
        provider.validate(mounting),
        provider.update(tenantId, mounting),
        provider.provision(other),
      ]) {
        const { issues } = await refusal(call, InvalidSpecError);
        expect(issues.map(({ pointer }) => pointer)).toContainEqual(expect.stringMatching(/^\/containers\/0\/volumes/));
      }
      expect(await trial.inventory()).toEqual(resources);
    },
  },
  {
    rule: 'the data of a volume survives an update, a return to the version before, a restart, and a stop and a start',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const tenant_id = trial.tenant();
        const [spec, next] = [1, 2].map((version) => withMounts(trial.spec(tenant_id, version), [DATA])) as Pair;
        expectVolumes(await trial.up(provider, spec), [{ name: 'data', retain: false, mounted: true }]);
        const resources = await trial.inventory();
        await volumes.put(tenant_id, 'data', 'precious');
        const expectData = async () => {
          expect(await volumes.seen(tenant_id, firstOf(spec), DATA), 'what the container finds').toBe('precious');
          expect(await trial.inventory()).toHaveLength(resources.length);
        };
        for (const [version, one] of [next, spec].entries()) {
          await (await trial.fresh()).update(tenant_id, one);
          await expectServes(trial, provider, one, version === 0 ? 2 : 1);
          await expectData();
        }
        if (!provider.stop) return;
        await provider.update(tenant_id, spec, { restart: 'again.1' });
        await expectServes(trial, provider, spec, 1);
        await expectData();
        await provider.stop(tenant_id);
        await trial.until('it is stopped', async () => {
          const { state } = await provider.getStatus(tenant_id);
          return state === 'stopped' || undefined;
        });
        expect(await volumes.get(tenant_id, 'data'), 'what is there while it is stopped').toBe('precious');
        await (await trial.fresh()).update(tenant_id, spec);
        await expectServes(trial, provider, spec, 1);
        await expectData();
      }),
  },
  {
    rule: 'volumes of two tenants with the same name never have the same data',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const [one, other] = [trial.tenant(), trial.tenant()].map((id) => withMounts(trial.spec(id), [DATA])) as Pair;
        await Promise.all([one, other].map((spec) => trial.up(provider, spec)));
        await volumes.put(one.tenant_id, 'data', 'of one');
        expect(await volumes.seen(other.tenant_id, firstOf(other), DATA)).toBeUndefined();
        await volumes.put(other.tenant_id, 'data', 'of the other');
        expect(await volumes.seen(one.tenant_id, firstOf(one), DATA)).toBe('of one');
        await provider.destroy(one.tenant_id);
        expect(await volumes.seen(other.tenant_id, firstOf(other), DATA)).toBe('of the other');
      }),
  },
  {
    rule: 'a container finds each of its volumes with its own data, and cannot write to one that it mounts read-only',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const spec = withMounts(trial.spec(trial.tenant()), [DATA, CACHE]);
        await trial.up(provider, spec);
        await volumes.put(spec.tenant_id, 'data', 'one');
        await volumes.put(spec.tenant_id, 'cache', 'two');
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), DATA)).toBe('one');
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), CACHE)).toBe('two');
        if (!volumes.canWrite) return;
        const cache = { ...CACHE, read_only: true };
        const next = withMounts(trial.spec(spec.tenant_id, 2), [DATA, cache]);
        await provider.update(spec.tenant_id, next);
        await expectServes(trial, provider, next, 2);
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), cache)).toBe('two');
        expect(await volumes.canWrite(spec.tenant_id, firstOf(spec), cache), 'read-only').toBe(false);
        expect(await volumes.canWrite(spec.tenant_id, firstOf(spec), DATA), 'not read-only').toBe(true);
      }),
  },
  {
    rule: 'destroy deletes the volumes and names them, and the next tenant of that id finds empty ones',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const before = await trial.inventory();
        const spec = withMounts(trial.spec(trial.tenant()), [DATA]);
        await trial.up(provider, spec);
        await volumes.put(spec.tenant_id, 'data', 'precious');
        expectDestroyed(await (await trial.fresh()).destroy(spec.tenant_id), { deleted: ['data'] });
        await expectGone(provider, spec.tenant_id);
        expect(await trial.inventory()).toEqual(before);
        await trial.up(provider, spec);
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), DATA)).toBeUndefined();
      }),
  },
  {
    rule: 'destroy keeps a retained volume and names it, and the next tenant of that id finds its data',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const spec = withMounts(trial.spec(trial.tenant()), [DATA, CACHE], ['data']);
        const status = await trial.up(provider, spec);
        expectVolumes(status, [
          { name: 'cache', retain: false, mounted: true },
          { name: 'data', retain: true, mounted: true },
        ]);
        for (const name of ['data', 'cache']) await volumes.put(spec.tenant_id, name, `precious ${name}`);
        expectDestroyed(await provider.destroy(spec.tenant_id), { deleted: ['cache'], kept: ['data'] });
        for (const one of [provider, await trial.fresh()]) await expectGone(one, spec.tenant_id);
        expect(await thrownBy(provider.destroy(spec.tenant_id)), 'thrown by a repeated destroy').toBeUndefined();
        expect(await volumes.get(spec.tenant_id, 'data'), 'what was kept').toBe('precious data');
        const next = withMounts(trial.spec(spec.tenant_id, 2), [DATA, CACHE]);
        await trial.up(await trial.fresh(), next);
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), DATA)).toBe('precious data');
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), CACHE)).toBeUndefined();
        expectDestroyed(await provider.destroy(spec.tenant_id), { deleted: ['cache', 'data'] });
        expect(await volumes.get(spec.tenant_id, 'data'), 'after a destroy that does not retain it').toBeUndefined();
      }),
  },
  {
    rule: 'destroy keeps the volumes that the caller names, whatever the version before said',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const spec = withMounts(trial.spec(trial.tenant()), [DATA]);
        await trial.up(provider, spec);
        await volumes.put(spec.tenant_id, 'data', 'precious');
        expectDestroyed(await provider.destroy(spec.tenant_id, { retain_volumes: ['data', 'none'] }), {
          kept: ['data'],
        });
        await expectGone(provider, spec.tenant_id);
        expect(await volumes.get(spec.tenant_id, 'data')).toBe('precious');
      }),
  },
  {
    rule: 'an update that drops a volume keeps its data until the destroy, and the status says so',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const spec = withMounts(trial.spec(trial.tenant()), [DATA]);
        const before = await trial.inventory();
        await trial.up(provider, spec);
        await volumes.put(spec.tenant_id, 'data', 'precious');
        const without = trial.spec(spec.tenant_id, 2);
        await provider.update(spec.tenant_id, without);
        const status = await expectServes(trial, await trial.fresh(), without, 2);
        expectVolumes(status, [{ name: 'data', retain: false, mounted: false }]);
        expect(await volumes.get(spec.tenant_id, 'data')).toBe('precious');
        await provider.update(spec.tenant_id, spec);
        await expectServes(trial, provider, spec, 1);
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), DATA)).toBe('precious');
        await provider.update(spec.tenant_id, without);
        await expectServes(trial, provider, without, 2);
        expectDestroyed(await provider.destroy(spec.tenant_id), { deleted: ['data'] });
        expect(await trial.inventory()).toEqual(before);
      }),
  },
  {
    rule: 'a failed rollout deletes no data, and leaves no volume that a destroy does not find',
    needs: ['volumes'],
    run: (trial) =>
      withVolumes(trial, async (volumes, provider) => {
        const before = await trial.inventory();
        const failing = withMounts(trial.failingSpec(trial.tenant()), [CACHE]);
        await expectProvisionFails(trial, provider, failing);
        await (await trial.fresh()).destroy(failing.tenant_id);
        expect(await trial.inventory(), 'after a failed provision and a destroy').toEqual(before);
        const spec = withMounts(trial.spec(trial.tenant()), [DATA]);
        await trial.up(provider, spec);
        await volumes.put(spec.tenant_id, 'data', 'precious');
        await expectUpdateFails(trial, provider, withMounts(trial.failingSpec(spec.tenant_id, 2), [DATA, CACHE]));
        expect(await volumes.seen(spec.tenant_id, firstOf(spec), DATA)).toBe('precious');
        await (await trial.fresh()).destroy(spec.tenant_id);
        expect(await trial.inventory(), 'after a failed update and a destroy').toEqual(before);
      }),
  },
  {
    rule: 'a destroy that was killed between any two changes is completed by the next, and both keep the same volumes',
    needs: ['volumes', 'mortal'],
    patience: 60,
    run: (trial) =>
      withVolumes(trial, async (volumes) => {
        const spec = withMounts(trial.spec(trial.tenant()), [DATA, CACHE], ['data']);
        await atEachChange(trial, 1, async (at, mortal) => {
          const fresh = await trial.fresh();
          await trial.up(fresh, spec);
          await volumes.put(spec.tenant_id, 'data', `precious ${at}`);
          await volumes.put(spec.tenant_id, 'cache', 'gone');
          await thrownBy(mortal.destroy(spec.tenant_id));
          await fresh.destroy(spec.tenant_id);
          await expectGone(fresh, spec.tenant_id);
          expect(await volumes.get(spec.tenant_id, 'data'), `kept after a kill at ${at}`).toBe(`precious ${at}`);
          expect(await volumes.get(spec.tenant_id, 'cache'), `deleted after a kill at ${at}`).toBeUndefined();
          return undefined;
        });
        const fresh = await trial.fresh();
        await trial.up(fresh, withMounts(spec, [DATA, CACHE]));
        await fresh.destroy(spec.tenant_id);
        expect(await trial.inventory(), 'after a destroy that retains nothing').toEqual([]);
      }),
  },
];

type Pair = [TenantComputeSpec, TenantComputeSpec];

/** Runs a rule with a new provider that keeps volumes. */
async function withVolumes(trial: Trial, run: (volumes: VolumeAccess, provider: Provider) => Promise<void>) {
  const { volumes } = trial.harness;
  const provider = await trial.fresh();
  if (volumes && (await trial.capabilities()).volumes) await run(volumes, provider);
}

/** Returns a specification whose first container mounts these volumes, some of them retained. */
function withMounts(
  { volumes: _, ...spec }: TenantComputeSpec,
  mounts: VolumeMount[],
  retained: readonly string[] = [],
): TenantComputeSpec {
  const containers = spec.containers.map((one, index) => (index === 0 ? { ...one, volumes: mounts } : one));
  const settings = retained.map((name) => ({ name, retain: true }));
  return { ...spec, containers, ...(settings.length > 0 && { volumes: settings }) };
}

function firstOf({ containers }: TenantComputeSpec): string {
  return containers[0]?.name ?? '';
}

function expectVolumes({ volumes }: ComputeStatus, expected: ComputeStatus['volumes']): void {
  expect(volumes, 'volumes of the status').toEqual(expected);
}

/** Where data remains that a provider cannot delete, it says where, in words of its own. */
function expectDestroyed(answer: unknown, { deleted = [], kept = [] }: { deleted?: string[]; kept?: string[] }): void {
  const { remains: _, ...said } = (answer ?? {}) as DestroyResult;
  expect(said, 'what destroy says').toEqual({ deleted_volumes: deleted, kept_volumes: kept });
}
