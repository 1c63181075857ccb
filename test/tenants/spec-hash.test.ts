import { describe, expect, test } from 'vitest';
import { specHash } from '../../src/compute/spec/spec-diff.ts';
import { inSimulation, type Trial } from './reconcile/trial.ts';
import type { Simulation } from './simulation/environment/simulation.ts';
import { specOf } from './simulation/programs/specs.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });
const KEY = 'meta\ncursor-key';

/** Rewrites table and backend as the version before would have left them: with plain digests, and without a key. */
function age({ items, records }: Simulation): void {
  items.delete(KEY);
  for (const [place, item] of items) {
    const plain = (text: string) => {
      const read = JSON.parse(text, (name, value) => {
        if (name === 'spec_hash') return undefined;
        const isRevision = typeof value === 'object' && value !== null && 'spec' in value && 'changed' in value;
        return isRevision ? { ...value, spec_hash: specHash(value.spec) } : value;
      });
      return read;
    };
    if (!/^(?:tenant|history)#/.test(item.pk)) continue;
    const record = plain(item.data);
    const hash = record.desired?.spec_hash;
    if (record.serving) record.serving.spec_hash = hash;
    const summary = item.summary && JSON.stringify({ ...JSON.parse(item.summary), spec_hash: hash });
    items.set(place, { ...item, data: JSON.stringify(record), ...(summary && { summary }) });
  }
  for (const [resource, record] of records) {
    const { serving_hash: _, rollout, ...rest } = record;
    records.set(resource, { ...rest, ...(rollout && { rollout: { ...rollout, spec_hash: undefined } }) });
  }
}

/** Provisions a tenant with the version before. A process of this version starts then. */
async function aged({ tenants, simulation, another }: Trial) {
  await tenants.provision(first, me);
  age(simulation);
  return another();
}

describe('a tenant of a version with plain digests', () => {
  test(
    'is already as desired where the specification is equal, and nothing of it is touched',
    inSimulation(async (trial) => {
      const { tenants } = await aged(trial);
      const { simulation } = trial;
      const [before, calls] = [simulation.records.get('memory/acme'), simulation.calls.length];
      expect(await tenants.provision(first, me)).toMatchObject({ kind: 'unchanged' });
      expect(await tenants.update(first, me)).toMatchObject({ kind: 'unchanged' });
      expect(await tenants.plan(first)).toMatchObject({ action: 'none', changes: [] });
      expect(await trial.inventoryOf('memory')).toMatchObject({ held: ['acme'], healed: [], orphans: [] });
      const made = simulation.calls.slice(calls).filter(({ what }) => what === 'provision' || what === 'update');
      expect(made).toEqual([]);
      expect(simulation.records.get('memory/acme')).toBe(before);
      expect((await tenants.get('acme')).desired).toMatchObject({ revision: 1, spec_hash: specHash(first) });
    }),
  );

  test(
    'keeps what serves where a failed update is taken back, by a rollback or an update',
    inSimulation(async (trial) => {
      const { tenants } = await aged(trial);
      const { simulation } = trial;
      for (const back of [() => tenants.rollback('acme', 1, me), () => tenants.update(first, me)]) {
        const broken = specOf('acme', { number: 3, faults: { update: 'failed' } });
        await tenants.update(broken, me);
        expect(await tenants.get('acme')).toMatchObject({ phase: 'failed' });
        const before = simulation.records.get('memory/acme');
        await back();
        expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { spec: first } });
        expect(simulation.records.get('memory/acme')?.rollout).toEqual(before?.rollout);
      }
    }),
  );

  test(
    'gets a hash of this installation with the next change, on its resources too',
    inSimulation(async (trial) => {
      const { tenants } = await aged(trial);
      await tenants.update(second, me);
      const { desired, phase } = await tenants.get('acme');
      expect(phase).toBe('ready');
      expect(desired.spec_hash).toMatch(/^hmac-[0-9a-f]{32}$/);
      expect((await tenants.status('acme', {})).metadata.spec_hash).toBe(desired.spec_hash);
      await tenants.rollback('acme', 1, me);
      expect((await tenants.get('acme')).desired.spec_hash).toMatch(/^hmac-/);
      expect(await trial.inventoryOf('memory')).toMatchObject({ held: ['acme'], healed: [] });
    }),
  );

  test(
    'is healed with the digest that its revision was recorded with',
    inSimulation(async (trial) => {
      await aged(trial);
      const { simulation } = trial;
      simulation.records.delete('memory/acme');
      expect(await trial.inventoryOf('memory')).toMatchObject({ healed: ['acme'] });
      await trial.sweepFor(20);
      const { desired, phase } = await trial.tenants.get('acme');
      expect({ phase, hash: desired.spec_hash }).toEqual({ phase: 'ready', hash: specHash(first) });
      expect(await trial.inventoryOf('memory')).toMatchObject({ held: ['acme'], healed: [] });
    }),
  );

  test(
    'is shown with the hash of this installation, and with none while there is no key',
    inSimulation(async (trial) => {
      const { tenants, store } = await aged(trial);
      const { spec_hash: _, ...rest } = (await tenants.status('acme', {})).metadata;
      expect((await tenants.status('acme', {})).metadata).toEqual(rest);
      expect((await tenants.revisions('acme'))[0]?.spec_hash).toBe('');
      const hash = (await store.specHasher())(first);
      const list = await tenants.list({ limit: 10, caller: 'alice' });
      const shown = [
        (await tenants.status('acme', {})).metadata.spec_hash,
        (await tenants.revisions('acme'))[0]?.spec_hash,
        (await tenants.revisionPage('acme', { limit: 10, caller: 'alice' })).entries[0]?.spec_hash,
        list.tenants[0]?.spec_hash,
      ];
      expect(shown).toEqual([hash, hash, hash, hash]);
    }),
  );
});

test('two installations have different hashes for one specification, and equal ones have one hash in each', async () => {
  const hashes: string[] = [];
  for (let number = 0; number < 2; number += 1) {
    await inSimulation(async ({ simulation, another }) => {
      simulation.items.delete(KEY);
      const stores = [another().store, another().store];
      const [one, other] = await Promise.all(stores.map((store) => store.specHasher()));
      const { tenant_id, ...rest } = first;
      expect(one?.({ ...rest, tenant_id })).toBe(other?.(first));
      hashes.push(one?.(first) ?? '');
    })();
  }
  expect(new Set(hashes).size).toBe(2);
});
