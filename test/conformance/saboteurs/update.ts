import { TenantNotFoundError, UpdateFailedError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { UpdateResult } from '../../../src/compute/results.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { alone, isFailing, type Saboteur, sharedSet } from './saboteur.ts';

export const updateSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'update with an equal specification returns no_changes and changes nothing',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        return answer.status === 'no_changes' ? { ...answer, status: 'success' } : answer;
      },
    }),
  },
  {
    breaks: 'update replaces the serving version, and a repetition returns no_changes',
    sabotage: (honest) => ({ update: async (tenantId) => resultOf(honest, tenantId, 'success') }),
  },
  {
    breaks: 'update returns the changed fields as pointers into the specification',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        return { ...answer, changes: answer.changes.map((pointer) => pointer.slice(1)) };
      },
    }),
  },
  {
    breaks: 'update keeps containers running that did not change',
    sabotage: (honest) => ({
      update(tenantId, spec, call) {
        const containers = spec.containers.map((container) => ({ ...container, args: ['--restarted'] }));
        return honest.update(tenantId, { ...spec, containers }, call);
      },
    }),
  },
  {
    breaks: 'fingerprints tell which containers an update keeps, and reveal no value of the specification',
    sabotage: () => ({
      fingerprints: ({ containers }) => Object.fromEntries(containers.map(({ name }) => [name, 'always the same'])),
    }),
  },
  {
    breaks: 'update of an unknown tenant is refused with TenantNotFoundError and creates nothing',
    sabotage: (honest) => ({
      update: (tenantId, spec, call) =>
        honest.update(tenantId, spec, call).catch(async (error) => {
          if (error instanceof TenantNotFoundError) await honest.provision(spec, call);
          throw error;
        }),
    }),
  },
  {
    breaks: 'concurrent equal updates join and have one effect',
    sabotage(honest, state) {
      const busy = sharedSet(state, 'busy');
      const refusal = new UpdateFailedError('another call is in progress');
      return {
        update: (tenantId, spec, call) => alone(busy, tenantId, refusal, () => honest.update(tenantId, spec, call)),
      };
    },
  },
  {
    breaks: 'a long update returns in_progress and is joined by a repeated call, while the old version serves',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (metadata.pending_spec_hash === specHash(spec)) throw new UpdateFailedError('it is in progress');
        return honest.update(tenantId, spec, call);
      },
    }),
  },
  {
    breaks: 'an update replaces one that is in progress',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        return metadata.pending_spec_hash
          ? resultOf(honest, tenantId, 'in_progress')
          : honest.update(tenantId, spec, call);
      },
    }),
  },
  {
    breaks: 'an update back to the serving version drops the one in progress, without a new version',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        return metadata.spec_hash === specHash(spec)
          ? resultOf(honest, tenantId, 'no_changes')
          : honest.update(tenantId, spec, call);
      },
    }),
  },
  {
    breaks: 'an aborted update does not take effect after a later one',
    sabotage: (honest, state) => {
      const late = sharedSet(state, 'late');
      return {
        async update(tenantId, spec, call) {
          const answer = await honest.update(tenantId, spec, call).catch((error: unknown) => {
            late.add(tenantId);
            throw error;
          });
          if (late.delete(tenantId)) await honest.update(tenantId, { ...spec, labels: { late: 'yes' } });
          return answer;
        },
      };
    },
  },
  {
    breaks: 'a status says what a version on its way waits for, without env values',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        if (!status.metadata.pending_spec_hash) return status;
        return { ...status, metadata: { ...status.metadata, pending_message: 'TOKEN is canary-27d0b6c19e44' } };
      },
    }),
  },
  {
    breaks: 'a failed update is reported, and leaves the old version running and nothing of the new one',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        if (!isFailing(spec)) return honest.update(tenantId, spec, call);
        await honest.destroy(tenantId);
        await honest.provision(spec, call);
        return resultOf(honest, tenantId, 'in_progress');
      },
    }),
  },
  {
    breaks: 'after a failed update the old specification returns no_changes and a corrected one is accepted',
    sabotage(honest, state) {
      const broken = sharedSet(state, 'broken');
      return {
        async update(tenantId, spec, call) {
          if (broken.has(tenantId)) throw new UpdateFailedError('it failed before');
          if (isFailing(spec)) broken.add(tenantId);
          return honest.update(tenantId, spec, call);
        },
      };
    },
  },
  {
    breaks: 'the hash that a call gives stands for its specification, and no other digest of it is shown',
    sabotage: (honest) => ({
      provision: (spec, call) => honest.provision(spec, { ...call, spec_hash: undefined }),
      update: (tenantId, spec, call) => honest.update(tenantId, spec, { ...call, spec_hash: undefined }),
    }),
  },
  {
    breaks: 'an update with the same specification under another hash leaves that hash, and the tenant running',
    sabotage: (honest) => ({
      update: (tenantId, spec, call) => honest.update(tenantId, spec, { ...call, spec_hash: specHash(spec) }),
    }),
  },
  {
    breaks: 'the old version serves until the new one is ready',
    options: { inProgressMs: 400 }, // long enough to be seen on a busy machine
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        return status.metadata.pending_spec_hash ? { ...status, state: 'starting' } : status;
      },
    }),
  },
];

/** Returns a result without doing anything. */
function resultOf({ name }: Provider, tenant_id: string, status: UpdateResult['status']): UpdateResult {
  const updated_at = new Date().toISOString();
  return { tenant_id, provider_type: name, status, changes: [], message: '', updated_at };
}
