import type { MemoryVolume } from '../../../src/providers/memory/backend.ts';
import { volumeName } from '../../../src/providers/memory/volumes.ts';
import type { MemoryState } from '../memory-subject.ts';
import { leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

const survives =
  'the data of a volume survives an update, a return to the version before, a restart, and a stop and a start';
const deletes = 'destroy deletes the volumes and names them, and the next tenant of that id finds empty ones';
const keeps = 'destroy keeps a retained volume and names it, and the next tenant of that id finds its data';
const drops = 'an update that drops a volume keeps its data until the destroy, and the status says so';

/** Changes every volume of a tenant; undefined removes it. */
function changeVolumes(
  { backend }: MemoryState,
  tenantId: string,
  change: (volume: MemoryVolume, name: string) => MemoryVolume | undefined,
): void {
  const prefix = volumeName('memory', tenantId, '');
  for (const resource of [...backend.volumes.keys()]) {
    const volume = resource.startsWith(prefix) ? backend.volumes.get(resource) : undefined;
    if (!volume) continue;
    const changed = change(volume, resource.slice(prefix.length));
    if (changed) backend.volumes.set(resource, changed);
    else backend.volumes.delete(resource);
  }
}

const emptied = ({ content: _, ...volume }: MemoryVolume): MemoryVolume => volume;

export const volumesSaboteurs: readonly Saboteur[] = [
  // It says that it keeps none, and accepts them.
  {
    breaks: 'a provider that keeps no volumes refuses a specification that mounts one',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, volumes: false } }),
  },
  // Each version begins with empty volumes.
  {
    breaks: survives,
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        changeVolumes(state, tenantId, emptied);
        return answer;
      },
    }),
  },
  // A stop empties them.
  {
    breaks: survives,
    sabotage: (honest, state) => ({
      async stop(tenantId, call) {
        await honest.stop?.(tenantId, call);
        changeVolumes(state, tenantId, emptied);
      },
    }),
  },
  // The status does not show them.
  {
    breaks: survives,
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const { volumes: _, ...status } = await honest.getStatus(tenantId, call);
        return status;
      },
    }),
  },
  {
    breaks: 'volumes of two tenants with the same name never have the same data',
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        for (const other of sharedSet(state, 'tenants')) changeVolumes(state, other, emptied);
        return honest.destroy(tenantId, call);
      },
      async provision(spec, call) {
        sharedSet(state, 'tenants').add(spec.tenant_id);
        return honest.provision(spec, call);
      },
    }),
  },
  // It mounts the first volume of a container only.
  {
    breaks: 'a container finds each of its volumes with its own data, and cannot write to one that it mounts read-only',
    sabotage: (honest) => ({
      async provision({ containers, ...spec }, call) {
        const first = containers.map((one) => ({ ...one, volumes: one.volumes?.slice(0, 1) }));
        return honest.provision({ ...spec, containers: first }, call);
      },
    }),
  },
  // It leaves the volumes, and says that they are gone.
  {
    breaks: deletes,
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        const kept = new Map<string, MemoryVolume>();
        changeVolumes(state, tenantId, (volume, name) => {
          kept.set(name, volume);
          return volume;
        });
        const answer = await honest.destroy(tenantId, call);
        for (const [name, volume] of kept) state.backend.volumes.set(volumeName('memory', tenantId, name), volume);
        return answer;
      },
    }),
  },
  // It deletes without a word.
  {
    breaks: deletes,
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        await honest.destroy(tenantId, call);
      },
    }),
  },
  // It deletes what is retained.
  {
    breaks: keeps,
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        const answer = await honest.destroy(tenantId, call);
        changeVolumes(state, tenantId, () => undefined);
        return answer;
      },
    }),
  },
  // It takes what it kept for a tenant.
  {
    breaks: keeps,
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        const answer = await honest.destroy(tenantId, call);
        if ((answer?.kept_volumes ?? []).length > 0) sharedSet(state, 'kept').add(tenantId);
        return answer;
      },
      async *list(call) {
        yield* honest.list(call);
        for (const tenant_id of sharedSet(state, 'kept')) yield { tenant_id };
      },
    }),
  },
  // What it kept is empty for the next tenant.
  {
    breaks: keeps,
    sabotage: (honest, state) => ({
      async provision(spec, call) {
        changeVolumes(state, spec.tenant_id, emptied);
        return honest.provision(spec, call);
      },
    }),
  },
  {
    breaks: 'destroy keeps the volumes that the caller names, whatever the version before said',
    sabotage: (honest) => ({
      destroy: (tenantId, { retain_volumes: _, ...call } = {}) => honest.destroy(tenantId, call),
    }),
  },
  // It deletes what the new version does not mount.
  {
    breaks: drops,
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call) {
        const mounts = spec.containers.flatMap(({ volumes = [] }) => volumes.map(({ name }) => name));
        const answer = await honest.update(tenantId, spec, call);
        changeVolumes(state, tenantId, (volume, name) => (mounts.includes(name) ? volume : undefined));
        return answer;
      },
    }),
  },
  // It forgets what the new version does not mount, so the destroy does not find it.
  {
    breaks: drops,
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        changeVolumes(state, tenantId, (volume) => ({ ...volume, retain: true }));
        return honest.destroy(tenantId, call);
      },
    }),
  },
  {
    breaks: 'a failed rollout deletes no data, and leaves no volume that a destroy does not find',
    sabotage: (honest, state) => ({
      async provision(spec, call) {
        if (spec.provider_config?.faults) leaveOrphan(state, spec.tenant_id);
        return honest.provision(spec, call);
      },
    }),
  },
  // A second destroy deletes what the first one kept.
  {
    breaks:
      'a destroy that was killed between any two changes is completed by the next, and both keep the same volumes',
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        const destroyed = sharedSet(state, 'destroyed');
        if (destroyed.has(tenantId)) changeVolumes(state, tenantId, () => undefined);
        destroyed.add(tenantId);
        return honest.destroy(tenantId, call);
      },
    }),
  },
];
