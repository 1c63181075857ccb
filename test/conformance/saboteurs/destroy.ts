import { DestroyFailedError, TenantExistsError, TenantNotFoundError } from '../../../src/compute/errors.ts';
import { alone, leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

export const destroySaboteurs: readonly Saboteur[] = [
  {
    breaks: 'destroy removes everything of the tenant and nothing else',
    sabotage: (honest, state) => ({
      async destroy(tenantId, call) {
        await honest.destroy(tenantId, call);
        leaveOrphan(state, tenantId);
      },
    }),
  },
  {
    breaks: 'destroy of an unknown tenant succeeds',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        await honest.getStatus(tenantId);
        await honest.destroy(tenantId, call);
      },
    }),
  },
  {
    breaks: 'a repeated destroy succeeds',
    sabotage(honest, state) {
      const destroyed = sharedSet(state, 'destroyed');
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
    breaks: 'concurrent destroys of one tenant all succeed',
    sabotage(honest, state) {
      const busy = sharedSet(state, 'busy');
      const refusal = new DestroyFailedError('another call is in progress');
      return {
        destroy: (tenantId, call) => alone(busy, tenantId, refusal, () => honest.destroy(tenantId, call)),
      };
    },
  },
  {
    breaks: 'an aborted signal does not stop destroy',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        await new Promise(setImmediate);
        call?.signal?.throwIfAborted();
        await honest.destroy(tenantId, call);
      },
    }),
  },
  {
    breaks: 'a tenant that is destroyed while it starts does not come back',
    // A tenant counts as starting until `getStatus` has reported it running: that depends on no clock.
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
        const starting = memo.get(tenantId) as Parameters<typeof honest.provision>[0] | undefined;
        if (starting) await honest.provision(starting);
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
    breaks: 'the id of a destroyed tenant can be provisioned with another specification',
    sabotage(honest, state) {
      const destroyed = sharedSet(state, 'destroyed');
      return {
        async provision(spec, call) {
          if (destroyed.has(spec.tenant_id)) throw new TenantExistsError('it existed before');
          return honest.provision(spec, call);
        },
        async destroy(tenantId, call) {
          await honest.destroy(tenantId, call);
          destroyed.add(tenantId);
        },
      };
    },
  },
  {
    breaks: 'a destroy for another life of the tenant leaves the resources alone',
    sabotage: (honest) => ({
      destroy: (tenantId, { incarnation: _, ...call } = {}) => honest.destroy(tenantId, call),
    }),
  },
  {
    breaks: 'a destroy for a life removes resources that carry no mark of one',
    sabotage: (honest) => ({
      async destroy(tenantId, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (metadata.incarnation === call?.incarnation) await honest.destroy(tenantId, call);
      },
    }),
  },
];
