import { leaveOrphan, type Saboteur, sharedSet } from './saboteur.ts';

export const overlapSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'different tenants proceed at the same time: one that is stuck holds up nobody',
    sabotage(honest) {
      let last: Promise<unknown> = Promise.resolve();
      return {
        provision(spec, call) {
          const turn = last.then(() => honest.provision(spec, call));
          last = turn.catch(() => undefined);
          return turn;
        },
      };
    },
  },
  {
    breaks: 'overlapping calls for one tenant end as if they had come one after the other',
    sabotage(honest, world) {
      const provisioning = sharedSet(world, 'provisioning');
      return {
        provision(spec, call) {
          provisioning.add(spec.tenant_id);
          return honest.provision(spec, call).finally(() => provisioning.delete(spec.tenant_id));
        },
        async destroy(tenantId, call) {
          if (provisioning.has(tenantId)) leaveOrphan(world, tenantId);
          await honest.destroy(tenantId, call);
        },
      };
    },
  },
  {
    breaks: 'every call but destroy rejects with the reason of a signal that is aborted already, and does nothing',
    sabotage: (honest) => ({ validate: (spec) => honest.validate(spec) }),
  },
  {
    breaks: 'a call whose signal is aborted meanwhile stops waiting, and rejects with the reason',
    sabotage: (honest) => ({ update: (tenantId, spec) => honest.update(tenantId, spec) }),
  },
  {
    breaks: 'what an aborted call has begun is found and removed by another instance',
    sabotage: (honest, world) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          leaveOrphan(world, spec.tenant_id);
          throw error;
        }),
    }),
  },
];
