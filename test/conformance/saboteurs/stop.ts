import type { Provider } from '../../../src/compute/provider.ts';
import { resourceName } from '../../../src/providers/memory/mapping.ts';
import type { MemoryState } from '../memory-subject.ts';
import { leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

const ends = 'stop ends everything that runs, and the tenant stays stopped under a new instance';
const starts = 'update or provision with an equal specification starts a stopped tenant';
const restarts = 'a restart replaces every container once, however often it is repeated with its id';

type Stop = NonNullable<Provider['stop']>;

function stopOf(honest: Provider): Stop {
  return async (tenantId, call) => honest.stop?.(tenantId, call);
}

/** Returns a provider that loses the ids of restarts, so that each restart looks like the first. */
function forgetful({ backend }: MemoryState, tenantId: string): void {
  const resource = resourceName('memory', tenantId);
  const record = backend.records.get(resource);
  if (!record?.rollout) return;
  const { restart: _, ...rollout } = record.rollout;
  backend.records.set(resource, { ...record, rollout });
}

export const stopSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'stop is a method exactly if the capabilities say so',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, stop: false } }),
  },
  // It says so, and everything runs on.
  { breaks: ends, sabotage: () => ({ stop: async () => undefined }) },
  // It does not tell the tenant from one that lost its processes.
  {
    breaks: ends,
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        const { stopped: _, ...metadata } = status.metadata;
        return { ...status, metadata };
      },
    }),
  },
  // The list shows a stopped tenant as one that runs.
  {
    breaks: ends,
    sabotage: (honest) => ({
      async *list(call) {
        for await (const { is_stopped: _, ...one } of honest.list(call)) yield one;
      },
    }),
  },
  // A new instance starts what was stopped.
  {
    breaks: ends,
    sabotage: (honest, { backend, memo }) => {
      for (const key of memo.has('stopped') ? [...backend.records.keys()] : []) {
        const { stopped, ...record } = backend.records.get(key) ?? { labels: {} };
        if (stopped) backend.records.set(key, record);
      }
      return {
        async stop(tenantId, call) {
          memo.set('stopped', true);
          await honest.stop?.(tenantId, call);
        },
      };
    },
  },
  {
    breaks: 'a repeated or concurrent stop changes nothing',
    sabotage: (honest, state) => ({
      async stop(tenantId, call) {
        const calls = sharedSet(state, 'calls');
        leaveOrphan(state, `${tenantId}-${calls.size}`);
        calls.add(`${calls.size}`);
        await honest.stop?.(tenantId, call);
      },
    }),
  },
  {
    breaks: 'stop of an unknown tenant is refused with TenantNotFoundError and creates nothing',
    sabotage: (honest) => ({ stop: async (tenantId, call) => honest.stop?.(tenantId, call).catch(() => undefined) }),
  },
  {
    breaks: 'stop for another incarnation changes nothing',
    sabotage: (honest) => ({ stop: async (tenantId) => stopOf(honest)(tenantId) }),
  },
  {
    breaks: starts,
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (!metadata.stopped) return honest.update(tenantId, spec, call);
        const at = new Date().toISOString();
        const about = { tenant_id: tenantId, provider_type: honest.name, changes: [], message: '', updated_at: at };
        return { ...about, status: 'no_changes' };
      },
    }),
  },
  {
    breaks: 'update with another specification starts a stopped tenant with that one',
    sabotage: (honest, { memo }) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        return honest.update(tenantId, metadata.stopped ? (memo.get(tenantId) as typeof spec) : spec, call);
      },
      async provision(spec, call) {
        memo.set(spec.tenant_id, spec);
        return honest.provision(spec, call);
      },
    }),
  },
  {
    breaks: 'stop gives up a rollout in progress',
    sabotage: (honest) => ({
      async stop(tenantId, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (!metadata.pending_spec_hash) await honest.stop?.(tenantId, call);
      },
    }),
  },
  {
    breaks: 'stop ends a tenant that never became ready',
    sabotage: (honest) => ({
      async stop(tenantId, call) {
        const { state } = await honest.getStatus(tenantId);
        if (state !== 'starting') await honest.stop?.(tenantId, call);
      },
    }),
  },
  {
    breaks: 'destroy removes a stopped tenant',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        const status = await honest.getStatus(tenantId).catch(() => undefined);
        if (!status?.metadata.stopped) await honest.destroy(tenantId, call);
      },
    }),
  },
  // It restarts nothing.
  {
    breaks: restarts,
    sabotage: (honest) => ({
      update: (tenantId, spec, call = {}) => honest.update(tenantId, spec, { ...call, restart: undefined }),
    }),
  },
  // It restarts again with each repetition.
  {
    breaks: restarts,
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call) {
        forgetful(state, tenantId);
        return honest.update(tenantId, spec, call);
      },
    }),
  },
  {
    breaks: 'a stop that was killed between any two changes is completed by the next, and a start brings it up',
    sabotage: (honest, state) => ({
      async stop(tenantId, call) {
        const begun = sharedSet(state, 'begun');
        if (!begun.has(tenantId)) await honest.stop?.(tenantId, call);
        begun.add(tenantId);
      },
    }),
  },
  {
    breaks: 'a restart that was killed between any two changes is completed by the next with its id',
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call = {}) {
        const begun = sharedSet(state, 'begun');
        const { restart = '' } = call;
        if (begun.has(restart)) forgetful(state, tenantId);
        begun.add(restart);
        return honest.update(tenantId, spec, begun.size > 1 ? { ...call, restart: undefined } : call);
      },
    }),
  },
];
