import { DestroyFailedError, TenantExistsError, TenantNotFoundError } from '../../../src/compute/errors.ts';
import { alone, leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

export const destroySaboteurs: readonly Saboteur[] = [
  {
    breaks: 'destroy removes everything of the tenant and nothing else',
    sabotage: (honest, world) => ({
      async destroy(tenantId, call) {
        await honest.destroy(tenantId, call);
        leaveOrphan(world, tenantId);
      },
    }),
  },
  {
    breaks: 'destroy of nothing succeeds',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        await honest.getStatus(tenantId);
        await honest.destroy(tenantId, call);
      },
    }),
  },
  {
    breaks: 'destroy again succeeds',
    sabotage(honest, world) {
      const destroyed = sharedSet(world, 'destroyed');
      return {
        async destroy(tenantId, call) {
          if (destroyed.has(tenantId)) throw new TenantNotFoundError('it was destroyed before');
          destroyed.add(tenantId);
          await honest.destroy(tenantId, call);
        },
      };
    },
  },
  {
    breaks: 'destroy at the same time succeeds for everybody',
    sabotage(honest, world) {
      const busy = sharedSet(world, 'busy');
      const refusal = new DestroyFailedError('somebody is at it');
      return {
        destroy: (tenantId, call) => alone(busy, tenantId, refusal, () => honest.destroy(tenantId, call)),
      };
    },
  },
  {
    breaks: 'destroy is not stopped by a signal that is aborted before or meanwhile',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        await new Promise(setImmediate);
        call?.signal?.throwIfAborted();
        await honest.destroy(tenantId, call);
      },
    }),
  },
  {
    breaks: 'what was destroyed while it was being brought up does not come back',
    // Being brought up is whatever nobody has seen running yet: no clock decides, so no pause of the machine does.
    sabotage: (honest, { memo }) => ({
      provision(spec, call) {
        memo.set(spec.tenant_id, spec);
        return honest.provision(spec, call);
      },
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        if (status.state === 'running') memo.delete(tenantId);
        return status;
      },
      async destroy(tenantId, call) {
        await honest.destroy(tenantId, call);
        const unseen = memo.get(tenantId) as Parameters<typeof honest.provision>[0] | undefined;
        if (unseen) await honest.provision(unseen);
      },
    }),
  },
  {
    breaks: 'destroy removes a tenant whose last update failed',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (!metadata.failed_spec_hash) await honest.destroy(tenantId, call);
      },
    }),
  },
  {
    breaks: 'the id of a destroyed tenant is free for another specification',
    sabotage(honest, world) {
      const destroyed = sharedSet(world, 'destroyed');
      return {
        async provision(spec, call) {
          if (destroyed.has(spec.tenant_id)) throw new TenantExistsError('it was here before');
          return honest.provision(spec, call);
        },
        async destroy(tenantId, call) {
          await honest.destroy(tenantId, call);
          destroyed.add(tenantId);
        },
      };
    },
  },
];
