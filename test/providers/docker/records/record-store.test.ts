import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ResourceConflictError } from '../../../../src/compute/errors.ts';
import { defaultLabels } from '../../../../src/compute/labels.ts';
import { type DockerClient, Engine } from '../../../../src/providers/docker/engine/engine.ts';
import { namesOf } from '../../../../src/providers/docker/names.ts';
import { TenantRecord } from '../../../../src/providers/docker/records/record.ts';
import {
  latestRecord,
  RecordChangedError,
  RecordStore,
} from '../../../../src/providers/docker/records/record-store.ts';

const names = namesOf('berth', 'docker', 'acme');
const labels = defaultLabels('acme', 'docker');

/** Fakes the volumes of an engine, whose names can be taken only once. The scheduler decides when a call takes effect. */
function createVolumes(scheduler?: fc.Scheduler) {
  const volumes = new Map<string, Record<string, string>>();
  const take = async <T>(effect: () => T) =>
    scheduler ? scheduler.schedule(Promise.resolve()).then(effect) : effect();
  const client = {
    createVolume: ({ Name, Labels }: { Name: string; Labels: Record<string, string> }) =>
      take(() => void (volumes.has(Name) || volumes.set(Name, Labels))),
    listVolumes: () => take(() => ({ Volumes: [...volumes].map(([Name, Labels]) => ({ Name, Labels })) })),
    getVolume: (name: string) => ({
      remove: () => take(() => void volumes.delete(name)),
      inspect: () =>
        take(() => {
          const Labels = volumes.get(name);
          if (!Labels) throw { statusCode: 404, message: 'no such volume' };
          return { Name: name, Labels };
        }),
    }),
  };
  // The store uses no other part of the client.
  const engine = new Engine('docker', async () => client as unknown as DockerClient);
  return { volumes, store: new RecordStore(engine, 'docker') };
}

function recordAt(provisioned_at: number): TenantRecord {
  return TenantRecord.parse({ provisioned_at, updated_at: 0 });
}

test('a record is read as written, and replaces the previous one', async () => {
  const { volumes, store } = createVolumes();
  const first = await store.write(names, undefined, recordAt(1), labels);
  await store.write(names, first, recordAt(2), labels);
  const stored = latestRecord(await store.listVolumes('acme'));
  expect(stored).toMatchObject({ record: { provisioned_at: 2 }, sequence: 2 });
  expect(stored?.labels).toEqual(labels);
  expect([...volumes.keys()]).toEqual(['berth_docker_acme_2']);
});

test('records of other tenants are ignored on an engine that filters loosely', async () => {
  const { volumes, store } = createVolumes();
  const first = await store.write(names, undefined, recordAt(1), labels);
  const others = namesOf('berth', 'docker', 'other');
  await store.write(others, undefined, recordAt(2), defaultLabels('other', 'docker'));
  await store.write(names, first, recordAt(3), labels);
  expect(latestRecord(await store.listVolumes('other'))?.record.provisioned_at).toBe(2);
  expect(latestRecord(await store.listVolumes('acme'))?.record.provisioned_at).toBe(3);
  expect([...volumes.keys()].toSorted()).toEqual(['berth_docker_acme_2', 'berth_docker_other_1']);
});

test('a write based on an outdated record is refused, and the next write removes its volume', async () => {
  const { volumes, store } = createVolumes();
  const first = await store.write(names, undefined, recordAt(1), labels);
  const second = await store.write(names, first, recordAt(2), labels);
  const third = await store.write(names, second, recordAt(3), labels);
  for (const old of [undefined, first]) {
    await expect(store.write(names, old, recordAt(9), labels)).rejects.toBeInstanceOf(RecordChangedError);
  }
  expect(latestRecord(await store.listVolumes('acme'))?.record.provisioned_at).toBe(3);
  await store.write(names, third, recordAt(4), labels);
  expect([...volumes.keys()]).toEqual(['berth_docker_acme_4']);
});

test('a write after a destroy does not bring the record back', async () => {
  const { volumes, store } = createVolumes();
  const first = await store.write(names, undefined, recordAt(1), labels);
  volumes.clear();
  await expect(store.write(names, first, recordAt(2), labels)).rejects.toBeInstanceOf(RecordChangedError);
  expect(volumes.size).toBe(0);
});

test('a volume without labels of Berth is refused and kept', async () => {
  const { volumes, store } = createVolumes();
  volumes.set('berth_docker_acme_1', { owner: 'another tool' });
  await expect(store.write(names, undefined, recordAt(1), labels)).rejects.toBeInstanceOf(ResourceConflictError);
  expect(volumes.get('berth_docker_acme_1')).toEqual({ owner: 'another tool' });
});

test('an unreadable record counts as none', () => {
  const volume = { name: 'x', sequence: 2, writer: '', labels: { 'berth.record': '{' } };
  expect(latestRecord([volume])).toBeUndefined();
});

test('concurrent writers never base a record on an outdated one, in any order of their calls', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, writers) => {
      const { store } = createVolumes(scheduler);
      const written: number[] = [];
      const write = async () => {
        for (let round = 0; round < 2; round += 1) {
          const before = latestRecord(await store.listVolumes('acme'));
          const next = recordAt((before?.record.provisioned_at ?? 0) + 1);
          const stored = await store.write(names, before, next, labels).catch(toChanged);
          if (stored) written.push(stored.sequence);
        }
      };
      await scheduler.waitFor(Promise.all(Array.from({ length: writers }, write)));
      expect(new Set(written).size, 'two writers of one record').toBe(written.length);
      // Each record counts one more than the one it is based on, so the last counts all of them.
      const last = latestRecord(await scheduler.waitFor(store.listVolumes('acme')));
      expect(last?.record.provisioned_at).toBe(last?.sequence);
      expect(last?.sequence).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

function toChanged(error: unknown): undefined {
  expect(error).toBeInstanceOf(RecordChangedError);
}
