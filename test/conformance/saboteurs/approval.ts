import type { Provider } from '../../../src/compute/provider.ts';
import { resourceName } from '../../../src/providers/memory/mapping.ts';
import type { Saboteur } from './saboteur.ts';

const waits = 'the next version waits for approval while the one before serves, and takes over when it is approved';
const names = 'approve passes the gate that it names and no other, and a repeated one changes nothing';
const givesUp = 'an update with the specification that serves gives up a version that waits for approval';
const exempt = 'the first version of a tenant and a restart wait for no approval';

/** Approves whatever waits. */
async function approveAny(honest: Provider, tenantId: string): Promise<void> {
  const { metadata } = await honest.getStatus(tenantId);
  await honest.approve?.(tenantId, metadata.waiting_id ?? '');
}

export const approvalSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'approve is a method exactly if the capabilities say so',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, approval: false } }),
  },
  // The approval is lost.
  { breaks: waits, sabotage: () => ({ approve: async () => undefined }) },
  // It does not wait.
  {
    breaks: waits,
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const result = await honest.update(tenantId, spec, call);
        await approveAny(honest, tenantId);
        return result;
      },
    }),
  },
  { breaks: names, sabotage: (honest) => ({ approve: async (tenantId) => approveAny(honest, tenantId) }) },
  // The version that waits is kept, and can still be approved.
  {
    breaks: givesUp,
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (!metadata.waiting_id) return honest.update(tenantId, spec, call);
        return {
          tenant_id: tenantId,
          provider_type: honest.name,
          status: 'in_progress',
          changes: [],
          message: '',
        } as never;
      },
    }),
  },
  // A restart waits, too.
  {
    breaks: exempt,
    sabotage: (honest, { backend }) => ({
      async update(tenantId, spec, call) {
        const result = await honest.update(tenantId, spec, call);
        const resource = resourceName('memory', tenantId);
        const record = backend.records.get(resource);
        if (call?.restart !== undefined && record?.rollout) {
          const gate = { id: 'extra', since: 0, until: Date.now() + 3_600_000 };
          backend.records.set(resource, { ...record, rollout: { ...record.rollout, gate } });
        }
        return result;
      },
    }),
  },
  {
    breaks: 'approve of an unknown tenant is refused with TenantNotFoundError',
    sabotage: (honest) => ({
      approve: async (tenantId, gate) => honest.approve?.(tenantId, gate).catch(() => undefined),
    }),
  },
];
