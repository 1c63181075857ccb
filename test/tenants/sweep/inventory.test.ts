import { describe, expect, test } from 'vitest';
import { InvalidSpecError, OrphanNotFoundError, TenantExistsError } from '../../../src/compute/errors.ts';
import { labelsFor } from '../../../src/compute/labels.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import { announcementDetails } from '../../../src/tenants/model/announcement.ts';
import { inSimulation, type Trial } from '../reconcile/trial.ts';
import { calm } from '../simulation/environment/weather.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });

/** Creates a resource with Berth's labels by hand, as a crash may have left it. */
async function plant(
  { simulation: { records, timeline }, store }: Pick<Trial, 'simulation' | 'store'>,
  provider: string,
  tenant: string,
  origin: { installation?: string | undefined } | 'own' = 'own',
): Promise<void> {
  const spec = { ...specOf(tenant, { number: 9 }), provider_type: provider };
  const own = origin === 'own' ? { installation: (await store.installation()).installation_id } : origin;
  records.set(`${provider}/${tenant}`, {
    labels: labelsFor(spec, provider, own),
    provisioned_at: timeline.now,
    updated_at: timeline.now,
    rollout: { spec, changes: [], ends_at: timeline.now, healthy: true },
  });
}

/** Provisions so many tenants, so that the share of one orphan is small. */
async function populate({ tenants }: Pick<Trial, 'tenants'>, provider: string, count = 10): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await tenants.provision(specOf(`known-${number}`, { number: 1, provider: provider as 'memory' }), me);
  }
}

const HOUR = 3_600_000;
const MINUTES = 60_000;

describe('orphans', () => {
  test(
    'are announced with the time of their removal, and removed by the first inventory after it',
    inSimulation(async (trial) => {
      const { inventoryOf, simulation, sleep, store } = trial;
      await populate(trial, 'memory');
      await sleep(HOUR);
      await plant(trial, 'memory', 'ghost');
      expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: [] });
      const { installation_id } = await store.installation();
      const [orphan] = await Array.fromAsync(store.orphansOf('memory'));
      const remove_at = new Date(simulation.timeline.now + 10 * MINUTES).toISOString().slice(0, 15);
      expect(orphan).toMatchObject({ tenant_id: 'ghost', installation: installation_id });
      expect(orphan?.remove_at?.slice(0, 15)).toBe(remove_at);
      await sleep(9 * MINUTES);
      expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: [] });
      await sleep(2 * MINUTES);
      expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: ['ghost'] });
      expect(simulation.records.has('memory/ghost')).toBe(false);
      expect((await store.getTenant('ghost')).tenant).toMatchObject({
        phase: 'destroyed',
        provider_type: 'memory',
        operation: { type: 'destroy', state: 'succeeded', actor: 'berth:inventory' },
      });
      expect(await inventoryOf('memory')).toMatchObject({ orphans: [], removed: [] });
    }),
  );

  test(
    'are announced once, however many inventories see them',
    inSimulation(async (trial) => {
      await plant(trial, 'memory', 'ghost');
      for (let round = 0; round < 4; round += 1) {
        await trial.inventoryOf('memory');
        await trial.sleep(30 * MINUTES);
      }
      expect(await trial.announced()).toMatchObject([{ detail_type: 'Orphan Found' }]);
      const [found] = trial.simulation.announced;
      expect(found && announcementDetails['Orphan Found'].parse(found.detail)).toEqual(found?.detail);
    }),
  );

  test(
    'are kept in the first hour of a table',
    inSimulation(async (trial) => {
      const { inventoryOf, sleep, simulation } = trial;
      await populate(trial, 'memory');
      await plant(trial, 'memory', 'ghost');
      for (let minutes = 0; minutes < 59; minutes += 1) {
        expect(await inventoryOf('memory')).toMatchObject({ removed: [] });
        await sleep(MINUTES);
      }
      expect(simulation.records.has('memory/ghost')).toBe(true);
      await sleep(2 * MINUTES);
      expect(await inventoryOf('memory')).toMatchObject({ removed: ['ghost'] });
    }),
  );

  test(
    'are kept while they are more than a tenth of what the provider holds',
    inSimulation(async (trial) => {
      const { inventoryOf, sleep, tenants, store } = trial;
      await populate(trial, 'memory', 8);
      await plant(trial, 'memory', 'ghost');
      await sleep(HOUR);
      for (let round = 0; round < 3; round += 1) {
        expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: [] });
        await sleep(HOUR);
      }
      expect(await Array.fromAsync(store.orphansOf('memory'))).toMatchObject([{ held_back: 'many_unknown' }]);
      await tenants.provision(specOf('one-more', { number: 1 }), me);
      expect(await inventoryOf('memory')).toMatchObject({ removed: ['ghost'] });
    }),
  );

  test(
    'are removed at most ten in an hour',
    inSimulation(async (trial) => {
      const { inventoryOf, sleep } = trial;
      await populate(trial, 'memory', 120);
      for (let number = 10; number < 22; number += 1) await plant(trial, 'memory', `ghost-${number}`);
      await sleep(HOUR);
      await inventoryOf('memory');
      await sleep(11 * MINUTES);
      expect((await inventoryOf('memory')).removed).toHaveLength(10);
      await sleep(30 * MINUTES);
      expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost-20', 'ghost-21'], removed: [] });
      await sleep(31 * MINUTES);
      expect((await inventoryOf('memory')).removed).toHaveLength(2);
    }),
  );

  test(
    'are only reported where the policy says so',
    inSimulation(
      async (trial) => {
        await populate(trial, 'memory');
        await plant(trial, 'memory', 'ghost');
        await trial.sleep(HOUR);
        for (let round = 0; round < 3; round += 1) {
          expect(await trial.inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: [] });
          await trial.sleep(HOUR);
        }
        const [orphan] = await trial.tenants.orphans({ limit: 10 });
        expect(orphan).toMatchObject({ tenant_id: 'ghost', held_back: 'policy' });
        expect(orphan).not.toHaveProperty('remove_at');
      },
      { policy: 'report' },
    ),
  );

  test(
    'are kept, and no longer on record, where a tenant of that id is provisioned in time',
    inSimulation(async (trial) => {
      const { inventoryOf, tenants, simulation, sleep, store } = trial;
      await plant(trial, 'memory', 'acme');
      await inventoryOf('memory');
      await tenants.provision(first, me);
      await sleep(31_000);
      expect(await inventoryOf('memory')).toMatchObject({ orphans: [], removed: [] });
      expect(await Array.fromAsync(store.orphansOf('memory'))).toEqual([]);
      expect(observe(simulation.records.get('memory/acme'), simulation.timeline.now).serving).toEqual(first);
    }),
  );

  test(
    'with the id of a tenant on another provider are reported while it lives, and removed after',
    inSimulation(async (trial) => {
      const { inventoryOf, tenants, simulation, sleep } = trial;
      await populate(trial, 'spare');
      await tenants.provision(first, me);
      await plant(trial, 'spare', 'acme');
      for (let round = 0; round < 3; round += 1) {
        expect(await inventoryOf('spare')).toMatchObject({ orphans: ['acme'], removed: [] });
        await sleep(HOUR);
      }
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', provider_type: 'memory' });
      const refused = await tenants.removeOrphan('spare', 'acme', me).catch((error) => error);
      expect(refused).toBeInstanceOf(TenantExistsError);
      await tenants.destroy('acme', me);
      expect(await inventoryOf('spare')).toMatchObject({ removed: ['acme'] });
      expect(simulation.records.has('spare/acme')).toBe(false);
    }),
  );

  test(
    'without Berth’s labels are never touched and never reported',
    inSimulation(async ({ inventoryOf, simulation, sleep, logger }) => {
      simulation.records.set('memory/stranger', { labels: { owner: 'another-team' } });
      simulation.records.set('memory/other', { labels: labelsFor(specOf('other', { number: 1 }), 'docker') });
      for (let round = 0; round < 3; round += 1) {
        expect(await inventoryOf('memory')).toMatchObject({ held: [], orphans: [], unowned: [], removed: [] });
        await sleep(HOUR);
      }
      expect(simulation.records.size).toBe(2);
      expect(logger.entries.map(({ message }) => message)).not.toContain('orphan found');
    }),
  );

  test(
    'of a version without installation ids are on record, and only a person removes them',
    inSimulation(async (trial) => {
      const { inventoryOf, sleep, tenants, simulation } = trial;
      await populate(trial, 'memory');
      await plant(trial, 'memory', 'old', {});
      await sleep(HOUR);
      for (let round = 0; round < 3; round += 1) {
        expect(await inventoryOf('memory')).toMatchObject({ orphans: [], unowned: ['old'], removed: [] });
        await sleep(HOUR);
      }
      expect(await tenants.orphans({ limit: 10 })).toMatchObject([{ tenant_id: 'old', held_back: 'no_installation' }]);
      await tenants.removeOrphan('memory', 'old', me);
      expect(simulation.records.has('memory/old')).toBe(false);
      expect(await tenants.orphans({ limit: 10 })).toEqual([]);
    }),
  );

  test(
    'become tenants by adoption: equal containers are not made again, and others are updated',
    inSimulation(async (trial) => {
      const { inventoryOf, tenants, simulation } = trial;
      await plant(trial, 'memory', 'same');
      await plant(trial, 'memory', 'other');
      await inventoryOf('memory');
      const before = simulation.records.get('memory/same');
      await tenants.adopt('memory', 'same', specOf('same', { number: 9 }), me);
      const { labels, ...rest } = simulation.records.get('memory/same') ?? {};
      const incarnation = labels?.['berth.incarnation'];
      expect({ ...rest, labels }).toEqual({
        ...before,
        labels: { ...before?.labels, 'berth.incarnation': incarnation },
      });
      expect(incarnation).toBe((await tenants.get('same')).incarnation);
      await tenants.adopt('memory', 'other', specOf('other', { number: 1 }), me);
      const { serving } = observe(simulation.records.get('memory/other'), simulation.timeline.now);
      expect(serving).toEqual(specOf('other', { number: 1 }));
      expect(await tenants.get('same')).toMatchObject({ phase: 'ready' });
      expect(await inventoryOf('memory')).toMatchObject({ held: ['other', 'same'], orphans: [] });
      const again = await tenants.adopt('memory', 'same', specOf('same', { number: 9 }), me);
      expect(again).toMatchObject({ kind: 'unchanged' });
    }),
  );

  test(
    'cannot be adopted or removed where none is on record, nor with the specification of another tenant',
    inSimulation(async (trial) => {
      const { tenants, inventoryOf } = trial;
      const none = await tenants.removeOrphan('memory', 'acme', me).catch((error) => error);
      expect(none).toBeInstanceOf(OrphanNotFoundError);
      const adopt = (spec = first) => tenants.adopt('memory', 'acme', spec, me).catch((error) => error);
      expect(await adopt()).toBeInstanceOf(OrphanNotFoundError);
      await plant(trial, 'memory', 'acme');
      await inventoryOf('memory');
      expect(await adopt(specOf('globex', { number: 1 }))).toBeInstanceOf(InvalidSpecError);
    }),
  );
});

describe('an empty table over running compute', () => {
  test(
    'removes nothing: the resources are those of another installation',
    inSimulation(async (trial) => {
      const { tenants, simulation, sleep, another } = trial;
      await populate(trial, 'memory', 20);
      const running = new Map(simulation.records);
      simulation.items.clear();
      const { inventory, store } = another();
      for (let round = 0; round < 5; round += 1) {
        const counts: string[] = [];
        for await (const { countsAs } of inventory.walk('memory')) counts.push(...countsAs);
        expect(counts.filter((kind) => kind === 'foreign')).toHaveLength(20);
        await inventory.removeDue('memory', { held: 20, orphans: 0, unowned: 0, foreign: 20 });
        await sleep(HOUR);
      }
      expect(await Array.fromAsync(store.orphansOf('memory'))).toEqual([]);
      expect(simulation.records).toEqual(running);
      expect(await tenants.list({ limit: 10, caller: 'me' })).toEqual({ tenants: [] });
    }),
  );

  test(
    'removes nothing where it kept the id: more than a tenth is unknown',
    inSimulation(async (trial) => {
      const { simulation, sleep, inventoryOf } = trial;
      await populate(trial, 'memory', 20);
      const running = new Map(simulation.records);
      const lost = [...simulation.items.keys()].filter((key) => /^tenant#known-[1-3]\n/.test(key));
      for (const key of lost) simulation.items.delete(key);
      for (let round = 0; round < 5; round += 1) {
        expect(await inventoryOf('memory')).toMatchObject({ orphans: ['known-1', 'known-2', 'known-3'], removed: [] });
        await sleep(HOUR);
      }
      expect(simulation.records).toEqual(running);
    }),
  );
});

describe('two installations on one backend', () => {
  test(
    'never touch the tenants of each other',
    inSimulation(async (trial) => {
      const { tenants, simulation, sleep, inventoryOf } = trial;
      await populate(trial, 'memory', 12);
      for (const id of ['theirs', 'known-1']) await plant(trial, 'memory', id, { installation: 'another0install' });
      const theirs = new Map([...simulation.records].filter(([key]) => /theirs|known-1$/.test(key)));
      await sleep(HOUR);
      for (let round = 0; round < 5; round += 1) {
        expect(await inventoryOf('memory')).toMatchObject({
          foreign: ['known-1', 'theirs'],
          orphans: [],
          removed: [],
          healed: [],
        });
        await sleep(HOUR);
      }
      const conflict = await tenants.provision(specOf('theirs', { number: 1 }), me);
      expect(conflict).toMatchObject({ operation: { state: 'failed', error: { code: 'resource_conflict' } } });
      await tenants.destroy('theirs', me, { provider: 'memory' });
      await tenants.destroy('known-1', me);
      for (const [key, record] of theirs) expect(simulation.records.get(key)).toBe(record);
    }),
  );
});

describe('drift', () => {
  test(
    'of a tenant that was removed by hand is healed, and its conditions say so',
    inSimulation(async ({ inventoryOf, tenants, simulation, sleep, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me);
      await sweepFor(10);
      simulation.records.clear();
      expect(await inventoryOf('memory')).toMatchObject({ orphans: [], healed: ['acme'] });
      const healing = await tenants.get('acme');
      expect(healing).toMatchObject({
        phase: 'updating',
        operation: { type: 'heal', state: 'running', actor: 'berth:inventory', revision: 1 },
        desired: { revision: 1 },
      });
      expect(healing.conditions).toMatchObject([
        { type: 'Ready', status: false },
        { type: 'Progressing', status: true },
        { type: 'Degraded', status: true, reason: 'Drifted' },
      ]);
      await sweepFor(10);
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'ready',
        operation: { type: 'heal', state: 'succeeded' },
      });
      expect(simulation.records.size).toBe(1);
      await sleep(31_000);
      expect(await inventoryOf('memory')).toMatchObject({ healed: [] });
    }),
  );

  test(
    'is named as the reason of the heal from its first moment',
    inSimulation(async ({ inventoryOf, tenants, simulation, another }) => {
      await tenants.provision(first, me);
      simulation.records.clear();
      const { tenants: others } = another();
      const seen: string[] = [];
      const look = async () => {
        for (let looks = 0; looks < 30; looks += 1) seen.push((await others.get('acme')).operation.message);
      };
      await Promise.all([inventoryOf('memory'), look()]);
      expect(seen).toContain('the provider no longer has the tenant; it is being brought back');
    }),
  );

  test(
    'of a tenant that runs another version than the desired one is healed',
    inSimulation(async (trial) => {
      const { inventoryOf, tenants, simulation } = trial;
      await tenants.provision(first, me);
      await plant(trial, 'memory', 'acme');
      expect(await inventoryOf('memory')).toMatchObject({ healed: ['acme'] });
      const { serving } = observe(simulation.records.get('memory/acme'), simulation.timeline.now);
      expect(serving && specHash(serving)).toBe(specHash(first));
    }),
  );

  test(
    'is not assumed during an operation, nor after a failed one',
    inSimulation(async ({ inventoryOf, tenants, simulation }) => {
      await tenants.provision(specOf('coming', { number: 1, inProgressMs: 60_000 }), me);
      await tenants.provision(specOf('broken', { number: 1, faults: { provision: 'failed' } }), me);
      await tenants.provision(specOf('going', { number: 1, faults: { destroy: 'failed' } }), me);
      await tenants.destroy('going', me);
      const accepted = simulation.ledger.accepted.size;
      expect(await inventoryOf('memory')).toMatchObject({ orphans: [], healed: [] });
      expect(simulation.ledger.accepted.size).toBe(accepted);
    }),
  );

  test(
    'is verified by a status: a list that lags heals nothing',
    inSimulation(async ({ inventoryOf, tenants, simulation }) => {
      await tenants.provision(first, me);
      const taking = inventoryOf('memory');
      const record = simulation.records.get('memory/acme');
      simulation.records.clear();
      while (!simulation.calls.some(({ what }) => what === 'list')) await simulation.timeline.sleep(0);
      if (record) simulation.records.set('memory/acme', record);
      expect(await taking).toMatchObject({ held: [], orphans: [], healed: [] });
    }),
  );
});

test(
  'a version that an interrupted rollout left beside the serving one is removed, also from a tenant that is ready',
  inSimulation(async ({ inventoryOf, tenants, simulation }) => {
    await tenants.provision(specOf('acme', { number: 1 }), me);
    const record = simulation.records.get('memory/acme');
    if (record) simulation.records.set('memory/acme', { ...record, unremoved: specOf('acme', { number: 0 }) });
    expect(await inventoryOf('memory')).toMatchObject({ healed: ['acme'] });
    expect(simulation.records.get('memory/acme')?.unremoved).toBeUndefined();
    expect(await inventoryOf('memory')).toMatchObject({ healed: [] });
  }),
);

test(
  'a tenant whose status is always throttled is left to the next inventory, and the others are examined',
  inSimulation(
    async ({ inventoryOf, tenants, simulation, logger }) => {
      for (const id of ['a', 'b', 'c']) await tenants.provision(specOf(id, { number: 1 }), me);
      simulation.records.clear();
      expect(await inventoryOf('memory')).toMatchObject({ healed: ['a', 'c'] });
      expect(logger.entries.map(({ message }) => message)).toContain('tenant not examined: its status was throttled');
    },
    { weather: { ...calm, plan: ({ label }) => (label === 'memory: status b' ? 'F20' : undefined) } },
  ),
);

test(
  'an inventory ends where the provider throttles several statuses in sequence',
  inSimulation(
    async ({ inventoryOf, tenants, simulation }) => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await tenants.provision(specOf(id, { number: 1 }), me);
      simulation.records.clear();
      await expect(inventoryOf('memory')).rejects.toThrow('throttled');
    },
    { weather: { ...calm, plan: ({ what }) => (what === 'status' ? 'F20' : undefined) } },
  ),
);

test(
  'a damaged item hides no other tenant from an inventory or a list, and is no orphan',
  inSimulation(async ({ inventoryOf, tenants, simulation }) => {
    for (const id of ['a', 'b', 'c']) await tenants.provision(specOf(id, { number: 1 }), me);
    const item = simulation.items.get('tenant#b\nb');
    if (!item) throw new Error('no tenant');
    simulation.items.set('tenant#b\nb', { ...item, data: '{', summary: '{' });
    simulation.records.delete('memory/c');
    await expect(inventoryOf('memory')).rejects.toThrow('not JSON');
    expect(simulation.records.has('memory/b')).toBe(true);
    const { tenants: listed } = await tenants.list({ limit: 10, caller: 'me' });
    expect(listed.map(({ tenant_id }) => tenant_id)).toEqual(['a', 'c']);
  }),
);
