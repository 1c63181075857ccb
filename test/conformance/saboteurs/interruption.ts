import type { Provider } from '../../../src/compute/provider.ts';
import type { UpdateResult } from '../../../src/compute/results.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { leaveOrphan, type Saboteur } from './saboteur.ts';

const rollout =
  'a rollout that was killed between any two changes shows open steps, and the next call leaves one version';

export const interruptionSaboteurs: readonly Saboteur[] = [
  // It leaves both versions for good, and says so.
  { breaks: rollout, sabotage: (honest) => withoutFinish(honest) },
  // It leaves both versions, and a status that shows nothing of them.
  { breaks: rollout, sabotage: (honest) => ({ ...withoutFinish(honest), getStatus: statusWithoutSteps(honest) }) },
  // The next call would finish the rollout, but the status gives no reason for one.
  { breaks: rollout, sabotage: (honest) => ({ getStatus: statusWithoutSteps(honest) }) },
  {
    breaks: 'a return to the version before finishes a rollout that was killed between any two changes',
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call) {
        const { metadata } = await honest.getStatus(tenantId);
        if (metadata.open_steps || metadata.pending_spec_hash) leaveOrphan(state, tenantId);
        return honest.update(tenantId, spec, call);
      },
    }),
  },
  {
    breaks: 'a provision and a destroy that were killed between any two changes are listed, and finished by the next',
    sabotage: (honest) => ({
      async *list(call) {
        for await (const held of honest.list(call)) if (held.spec_hash) yield held;
      },
    }),
    options: { inProgressMs: 50 },
  },
];

/** Returns calls that find a serving specification done, whatever is left of the version before. */
function withoutFinish(honest: Provider): Partial<Provider> {
  return {
    async provision(spec, call) {
      const serving = await honest.getStatus(spec.tenant_id).catch(() => undefined);
      if (!serving?.metadata.open_steps) return honest.provision(spec, call);
      return resultOf(honest, spec.tenant_id, { status: 'success' as const });
    },
    async update(tenantId, spec, call) {
      const { metadata } = await honest.getStatus(tenantId);
      if (metadata.spec_hash !== specHash(spec) || !metadata.open_steps) return honest.update(tenantId, spec, call);
      return resultOf(honest, tenantId, { status: 'no_changes' as const, changes: [] });
    },
  };
}

function statusWithoutSteps(honest: Provider): Provider['getStatus'] {
  return async (tenantId, call) => {
    const status = await honest.getStatus(tenantId, call);
    const { open_steps: _, ...metadata } = status.metadata;
    return { ...status, metadata };
  };
}

function resultOf<More extends object>({ name }: Provider, tenant_id: string, more: More) {
  const now = new Date().toISOString();
  const common = { tenant_id, provider_type: name, message: '', resource_ids: {}, endpoints: [] };
  return { ...common, provisioned_at: now, updated_at: now, ...more } satisfies Partial<UpdateResult>;
}
