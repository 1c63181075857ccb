import { leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

export const overlapSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'tenants proceed in parallel: one that hangs delays no other',
    sabotage(honest) {
      let last: Promise<unknown> = Promise.resolve();
      return {
        provision(spec, call) {
          const result = last.then(() => honest.provision(spec, call));
          last = result.catch(() => undefined);
          return result;
        },
      };
    },
  },
  {
    breaks: 'overlapping calls for one tenant end like calls in some sequence',
    sabotage(honest, state) {
      const provisioning = sharedSet(state, 'provisioning');
      return {
        provision(spec, call) {
          provisioning.add(spec.tenant_id);
          return honest.provision(spec, call).finally(() => provisioning.delete(spec.tenant_id));
        },
        async destroy(tenantId, call) {
          if (provisioning.has(tenantId)) leaveOrphan(state, tenantId);
          await honest.destroy(tenantId, call);
        },
      };
    },
  },
  {
    breaks: 'every call but destroy rejects with the reason of an already aborted signal, and does nothing',
    sabotage: (honest) => ({ validate: (spec) => honest.validate(spec) }),
  },
  {
    breaks: 'a call whose signal is aborted later stops waiting, and rejects with the reason',
    sabotage: (honest) => ({ update: (tenantId, spec) => honest.update(tenantId, spec) }),
  },
  {
    breaks: 'another instance lists and removes what an aborted call has begun',
    sabotage: (honest, state) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          leaveOrphan(state, spec.tenant_id);
          throw error;
        }),
    }),
  },
];
