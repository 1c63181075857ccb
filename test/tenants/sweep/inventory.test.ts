import { describe, expect, test } from 'vitest';
import { labelsFor } from '../../../src/compute/labels.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import { inSimulation } from '../reconcile/trial.ts';
import type { Simulation } from '../simulation/environment/simulation.ts';
import { calm } from '../simulation/environment/weather.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });

/** Creates a resource with Berth's labels by hand, as a crash may have left it. */
function plant({ records, timeline }: Simulation, provider: string, tenant: string): void {
  const spec = { ...specOf(tenant, { number: 9 }), provider_type: provider };
  records.set(`${provider}/${tenant}`, {
    labels: labelsFor(spec, provider),
    provisioned_at: timeline.now,
    updated_at: timeline.now,
    rollout: { spec, changes: [], ends_at: timeline.now, healthy: true },
  });
}

describe('orphans', () => {
  test(
    'are reported at the first sighting, and removed at a second one half a minute later',
    inSimulation(async ({ inventoryOf, simulation, sleep, logger, tenants }) => {
      plant(simulation, 'memory', 'ghost');
      expect(await inventoryOf('memory')).toEqual({
        held: ['ghost'],
        failed: [],
        orphans: ['ghost'],
        removed: [],
        healed: [],
      });
      expect(logger.entries.map(({ message }) => message)).toContain('orphan found');
      expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: [] });
      expect(simulation.records.size).toBe(1);
      await sleep(31_000);
      expect(await inventoryOf('memory')).toMatchObject({ orphans: ['ghost'], removed: ['ghost'] });
      expect(simulation.records.size).toBe(0);
      expect(await tenants.list({ limit: 10, caller: 'me' })).toMatchObject({ tenants: [] });
      expect(await inventoryOf('memory')).toMatchObject({ held: [], orphans: [], removed: [] });
    }),
  );

  test(
    'are removed through the table, by an operation on record',
    inSimulation(async ({ inventoryOf, simulation, sleep, store, announced }) => {
      plant(simulation, 'memory', 'ghost');
      await inventoryOf('memory');
      await sleep(31_000);
      await inventoryOf('memory');
      const { tenant } = await store.getTenant('ghost');
      expect(tenant).toMatchObject({
        phase: 'destroyed',
        provider_type: 'memory',
        operation: { type: 'destroy', state: 'succeeded', actor: 'berth:inventory' },
      });
      expect(await announced()).toHaveLength(1);
    }),
  );

  test(
    'are kept, and no longer on record, where a tenant of that id is provisioned in time',
    inSimulation(async ({ inventoryOf, tenants, simulation, sleep, store }) => {
      plant(simulation, 'memory', 'acme');
      await inventoryOf('memory');
      await tenants.provision(first, me);
      await sleep(31_000);
      expect(await inventoryOf('memory')).toMatchObject({ orphans: [], removed: [] });
      expect(await Array.fromAsync(store.orphansOf('memory'))).toEqual([]);
      expect(observe(simulation.records.get('memory/acme'), simulation.timeline.now).serving).toEqual(first);
    }),
  );

  test(
    'are removed where the tombstone of that id is of another provider, or of none',
    inSimulation(async ({ inventoryOf, tenants, simulation, sleep }) => {
      await tenants.provision(first, me);
      await tenants.destroy('acme', me);
      await tenants.destroy('never-was', { ...me, requestedAt: '2026-01-01T00:00:00.000Z' });
      plant(simulation, 'spare', 'acme');
      plant(simulation, 'spare', 'never-was');
      await inventoryOf('spare');
      await sleep(31_000);
      expect(await inventoryOf('spare')).toMatchObject({ removed: ['acme', 'never-was'] });
      expect(simulation.records.size).toBe(0);
    }),
  );

  test(
    'with the id of a tenant on another provider are reported while it lives, and removed after',
    inSimulation(async ({ inventoryOf, tenants, simulation, sleep }) => {
      await tenants.provision(first, me);
      plant(simulation, 'spare', 'acme');
      for (let round = 0; round < 3; round += 1) {
        expect(await inventoryOf('spare')).toMatchObject({ orphans: ['acme'], removed: [] });
        await sleep(31_000);
      }
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', provider_type: 'memory' });
      await tenants.destroy('acme', me);
      expect(await inventoryOf('spare')).toMatchObject({ removed: ['acme'] });
      expect(simulation.records.size).toBe(0);
    }),
  );

  test(
    'without Berth’s labels are never touched and never reported',
    inSimulation(async ({ inventoryOf, simulation, sleep, logger }) => {
      simulation.records.set('memory/stranger', { labels: { owner: 'another-team' } });
      simulation.records.set('memory/other', { labels: labelsFor(specOf('other', { number: 1 }), 'docker') });
      for (let round = 0; round < 3; round += 1) {
        expect(await inventoryOf('memory')).toMatchObject({ held: [], orphans: [], removed: [] });
        await sleep(31_000);
      }
      expect(simulation.records.size).toBe(2);
      expect(logger.entries.map(({ message }) => message)).not.toContain('orphan found');
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
    inSimulation(async ({ inventoryOf, tenants, simulation }) => {
      await tenants.provision(first, me);
      plant(simulation, 'memory', 'acme');
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
