import { ProvisionFailedError, TenantExistsError, UpdateFailedError } from '../../../src/compute/errors.ts';
import { alone, isFailing, leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

export const provisionSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'provision brings up every container of the specification, and what was answered with success runs at once',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        return { ...status, containers: status.containers.slice(1) };
      },
    }),
  },
  {
    breaks: 'what was answered with in_progress is found by getStatus, as pending_spec_hash, until it serves',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        const { pending_spec_hash: _, ...metadata } = status.metadata;
        return { ...status, metadata };
      },
    }),
    options: { inProgressMs: 60_000 }, // longer than this machine may sleep between two calls
  },
  {
    breaks: 'a provision that takes long is answered with in_progress, joined by its repetition, and ended by destroy',
    sabotage: (honest) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        return answer.status === 'in_progress' ? new Promise(() => {}) : answer;
      },
    }),
  },
  {
    breaks: 'provision again with an equal specification has no further effect and answers the same',
    sabotage: (honest) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        return { ...answer, resource_ids: { record: crypto.randomUUID() } };
      },
    }),
  },
  {
    breaks: 'provision at the same time with equal specifications has one effect and answers the same',
    sabotage(honest, world) {
      const busy = sharedSet(world, 'busy');
      const refusal = new TenantExistsError('somebody is at it');
      return {
        provision: (spec, call) => alone(busy, spec.tenant_id, refusal, () => honest.provision(spec, call)),
      };
    },
  },
  {
    breaks: 'provision with another specification is refused with TenantExistsError and leaves what runs alone',
    sabotage: (honest) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch(async () => {
          await honest.destroy(spec.tenant_id);
          return honest.provision(spec, call);
        }),
    }),
  },
  {
    breaks: 'of two provisions at the same time with different specifications one wins and the other is refused',
    sabotage: (honest) => ({
      async provision(spec, call) {
        const isThere = await honest.getStatus(spec.tenant_id).catch(() => undefined);
        await new Promise(setImmediate);
        if (!isThere) await honest.destroy(spec.tenant_id);
        return honest.provision(spec, call);
      },
    }),
  },
  {
    breaks: 'a failed provision says so, and leaves nothing or what list shows and destroy removes',
    options: { failure: 'thrown' },
    sabotage: (honest, world) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          leaveOrphan(world, spec.tenant_id);
          throw error;
        }),
    }),
  },
  {
    breaks: 'after a failed provision the tenant is brought up by a corrected specification',
    sabotage(honest, world) {
      const broken = sharedSet(world, 'broken');
      return {
        provision(spec, call) {
          if (isFailing(spec)) broken.add(spec.tenant_id);
          else if (broken.has(spec.tenant_id)) throw new ProvisionFailedError('it failed before');
          return honest.provision(spec, call);
        },
        async update(tenantId, spec, call) {
          if (broken.has(tenantId)) throw new UpdateFailedError('it failed before');
          return honest.update(tenantId, spec, call);
        },
      };
    },
  },
  {
    breaks: 'a host_port is honoured where the capabilities say so, and one in other hands is a ResourceConflictError',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, host_ports: true } }),
  },
];
