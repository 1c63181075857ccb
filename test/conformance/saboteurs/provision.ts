import { ProvisionFailedError, TenantExistsError, UpdateFailedError } from '../../../src/compute/errors.ts';
import { alone, isFailing, leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

export const provisionSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'provision starts every container, and after success the tenant runs at once',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        return { ...status, containers: status.containers.slice(1) };
      },
    }),
  },
  {
    breaks: 'getStatus reports a provision in progress as pending_spec_hash until it serves',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        const { pending_spec_hash: _, ...metadata } = status.metadata;
        return { ...status, metadata };
      },
    }),
    options: { inProgressMs: 60_000 }, // longer than a busy machine pauses between two calls
  },
  {
    breaks: 'a long provision returns in_progress, is joined by a repeated call, and is ended by destroy',
    sabotage: (honest) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        return answer.status === 'in_progress' ? new Promise(() => {}) : answer;
      },
    }),
  },
  {
    breaks: 'a repeated provision with an equal specification has no further effect and returns the same',
    sabotage: (honest) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        return { ...answer, resource_ids: { record: crypto.randomUUID() } };
      },
    }),
  },
  {
    breaks: 'concurrent provisions with equal specifications have one effect',
    sabotage(honest, state) {
      const busy = sharedSet(state, 'busy');
      const refusal = new TenantExistsError('another call is in progress');
      return {
        provision: (spec, call) => alone(busy, spec.tenant_id, refusal, () => honest.provision(spec, call)),
      };
    },
  },
  {
    breaks: 'provision of an existing tenant with another specification is refused with TenantExistsError',
    sabotage: (honest) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch(async () => {
          await honest.destroy(spec.tenant_id);
          return honest.provision(spec, call);
        }),
    }),
  },
  {
    breaks: 'of two concurrent provisions with different specifications one wins and the other is refused',
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
    breaks: 'a failed provision is reported, and leaves nothing or what list returns and destroy removes',
    options: { failure: 'thrown' },
    sabotage: (honest, state) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          leaveOrphan(state, spec.tenant_id);
          throw error;
        }),
    }),
  },
  {
    breaks: 'after a failed provision a corrected specification starts the tenant',
    sabotage(honest, state) {
      const broken = sharedSet(state, 'broken');
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
    breaks: 'a host_port is honoured if the capabilities say so, and a taken one is a ResourceConflictError',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, host_ports: true } }),
  },
];
