import { describe, expect, test } from 'vitest';
import { labelsFor } from '../../../src/compute/labels.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import { inWorld } from '../reconcile/trial.ts';
import { specOf } from '../simulation/specs.ts';
import type { World } from '../simulation/world.ts';

const me = { actor: 'somebody' };
const first = specOf('acme', { number: 1 });

/** Somebody makes a resource with Berth's labels on it, as a crash long ago might have left it. */
function plant({ records, timeline }: World, provider: string, tenant: string): void {
  const spec = { ...specOf(tenant, { number: 9 }), provider_type: provider };
  records.set(`${provider}/${tenant}`, {
    labels: labelsFor(spec, provider),
    provisioned_at: timeline.now,
    updated_at: timeline.now,
    rollout: { spec, changes: [], ends_at: timeline.now, healthy: true },
  });
}

describe('resources that no tenant owns', () => {
  test(
    'are reported when they are seen first, and removed when they are seen again half a minute later',
    inWorld(async ({ take, world, sleep, logger, tenants }) => {
      plant(world, 'memory', 'ghost');
      expect(await take('memory')).toEqual({
        held: ['ghost'],
        failed: [],
        orphans: ['ghost'],
        removed: [],
        healed: [],
      });
      expect(logger.entries.map(({ message }) => message)).toContain('orphan found');
      expect(await take('memory')).toMatchObject({ orphans: ['ghost'], removed: [] });
      expect(world.records.size).toBe(1);
      await sleep(31_000);
      expect(await take('memory')).toMatchObject({ orphans: ['ghost'], removed: ['ghost'] });
      expect(world.records.size).toBe(0);
      expect(await tenants.list({ limit: 10, caller: 'me' })).toMatchObject({ tenants: [] });
      expect(await take('memory')).toMatchObject({ held: [], orphans: [], removed: [] });
    }),
  );

  test(
    'are removed through the table, by an operation that can be read',
    inWorld(async ({ take, world, sleep, store, announced }) => {
      plant(world, 'memory', 'ghost');
      await take('memory');
      await sleep(31_000);
      await take('memory');
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
    'are let be, and forgotten, if a tenant of that id comes in time',
    inWorld(async ({ take, tenants, world, sleep, store }) => {
      plant(world, 'memory', 'acme');
      await take('memory');
      await tenants.provision(first, me);
      await sleep(31_000);
      expect(await take('memory')).toMatchObject({ orphans: [], removed: [] });
      expect(await Array.fromAsync(store.orphansOf('memory'))).toEqual([]);
      expect(observe(world.records.get('memory/acme'), world.timeline.now).serving).toEqual(first);
    }),
  );

  test(
    'are removed also where the tombstone of that id is of another provider, or of none',
    inWorld(async ({ take, tenants, world, sleep }) => {
      await tenants.provision(first, me);
      await tenants.destroy('acme', me);
      await tenants.destroy('nobody', { ...me, requestedAt: '2026-01-01T00:00:00.000Z' });
      plant(world, 'spare', 'acme');
      plant(world, 'spare', 'nobody');
      await take('spare');
      await sleep(31_000);
      expect(await take('spare')).toMatchObject({ removed: ['acme', 'nobody'] });
      expect(world.records.size).toBe(0);
    }),
  );

  test(
    'of the id of a tenant elsewhere are reported for as long as it is there, and removed after',
    inWorld(async ({ take, tenants, world, sleep }) => {
      await tenants.provision(first, me);
      plant(world, 'spare', 'acme');
      for (let round = 0; round < 3; round += 1) {
        expect(await take('spare')).toMatchObject({ orphans: ['acme'], removed: [] });
        await sleep(31_000);
      }
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', provider_type: 'memory' });
      await tenants.destroy('acme', me);
      expect(await take('spare')).toMatchObject({ removed: ['acme'] });
      expect(world.records.size).toBe(0);
    }),
  );

  test(
    'without Berth’s labels are never touched, nor mentioned',
    inWorld(async ({ take, world, sleep, logger }) => {
      world.records.set('memory/stranger', { labels: { owner: 'somebody' } });
      world.records.set('memory/other', { labels: labelsFor(specOf('other', { number: 1 }), 'docker') });
      for (let round = 0; round < 3; round += 1) {
        expect(await take('memory')).toMatchObject({ held: [], orphans: [], removed: [] });
        await sleep(31_000);
      }
      expect(world.records.size).toBe(2);
      expect(logger.entries.map(({ message }) => message)).not.toContain('orphan found');
    }),
  );
});

describe('drift', () => {
  test(
    'of a tenant that somebody removed by hand is healed, and said so while it is',
    inWorld(async ({ take, tenants, world, sleep, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me);
      await sweepFor(10);
      world.records.clear();
      expect(await take('memory')).toMatchObject({ orphans: [], healed: ['acme'] });
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
      expect(world.records.size).toBe(1);
      await sleep(31_000);
      expect(await take('memory')).toMatchObject({ healed: [] });
    }),
  );

  test(
    'says for what reason it is healed from the moment that it is found',
    inWorld(async ({ take, tenants, world, another }) => {
      await tenants.provision(first, me);
      world.records.clear();
      const { tenants: others } = another();
      const seen: string[] = [];
      const look = async () => {
        for (let looks = 0; looks < 30; looks += 1) seen.push((await others.get('acme')).operation.message);
      };
      await Promise.all([take('memory'), look()]);
      expect(seen).toContain('the provider no longer has the tenant; it is being brought back');
    }),
  );

  test(
    'of a tenant that runs something else than desired is healed',
    inWorld(async ({ take, tenants, world }) => {
      await tenants.provision(first, me);
      plant(world, 'memory', 'acme');
      expect(await take('memory')).toMatchObject({ healed: ['acme'] });
      const { serving } = observe(world.records.get('memory/acme'), world.timeline.now);
      expect(serving && specHash(serving)).toBe(specHash(first));
    }),
  );

  test(
    'is not what is still on its way, nor what failed, nor what is being destroyed',
    inWorld(async ({ take, tenants, world }) => {
      await tenants.provision(specOf('coming', { number: 1, inProgressMs: 60_000 }), me);
      await tenants.provision(specOf('broken', { number: 1, faults: { provision: 'failed' } }), me);
      await tenants.provision(specOf('going', { number: 1, faults: { destroy: 'failed' } }), me);
      await tenants.destroy('going', me);
      const accepted = world.ledger.accepted.size;
      expect(await take('memory')).toMatchObject({ orphans: [], healed: [] });
      expect(world.ledger.accepted.size).toBe(accepted);
    }),
  );

  test(
    'is looked at once more before it is believed: a list that is behind heals nothing',
    inWorld(async ({ take, tenants, world }) => {
      await tenants.provision(first, me);
      const taking = take('memory');
      const record = world.records.get('memory/acme');
      world.records.clear();
      while (!world.calls.some(({ what }) => what === 'list')) await world.timeline.sleep(0);
      if (record) world.records.set('memory/acme', record);
      expect(await taking).toMatchObject({ held: [], orphans: [], healed: [] });
    }),
  );
});
