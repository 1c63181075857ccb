import { TenantNotFoundError } from '../../../src/compute/errors.ts';
import type { ComputeStatus } from '../../../src/compute/results.ts';
import type { Saboteur } from './saboteur.ts';

export const statusSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'getStatus of an unknown tenant is refused with TenantNotFoundError',
    sabotage: (honest) => ({
      getStatus: (tenantId, call) => honest.getStatus(tenantId, call).catch(() => unknownStatus(tenantId, honest.name)),
    }),
  },
  {
    breaks: 'getStatus never returns a cached state: changes by another instance show at once',
    sabotage(honest) {
      const cache = new Map<string, ComputeStatus>();
      return {
        async getStatus(tenantId, call) {
          const status = cache.get(tenantId) ?? (await honest.getStatus(tenantId, call));
          if (status.state === 'running' && !status.metadata.pending_spec_hash) cache.set(tenantId, status);
          return status;
        },
      };
    },
  },
  {
    breaks: 'a tenant whose resources vanished is reported, can be destroyed, and can be provisioned again',
    sabotage: (honest, { memo }) => ({
      async getStatus(tenantId, call) {
        try {
          const status = await honest.getStatus(tenantId, call);
          memo.set(tenantId, status);
          return status;
        } catch {
          return memo.get(tenantId) as ComputeStatus;
        }
      },
    }),
  },
  {
    breaks: 'getStatus and list return while a provision is in progress',
    sabotage(honest) {
      let provisioning: Promise<unknown> = Promise.resolve();
      return {
        provision(spec, call) {
          const answer = honest.provision(spec, call);
          provisioning = answer.catch(() => undefined);
          return answer;
        },
        async getStatus(tenantId, call) {
          await provisioning;
          return honest.getStatus(tenantId, call);
        },
      };
    },
  },
  {
    breaks: 'a new instance can report, update and destroy what an earlier one created',
    sabotage(honest) {
      const mine = new Set<string>();
      return {
        provision(spec, call) {
          mine.add(spec.tenant_id);
          return honest.provision(spec, call);
        },
        async getStatus(tenantId, call) {
          if (!mine.has(tenantId)) throw new TenantNotFoundError('not of this process');
          return honest.getStatus(tenantId, call);
        },
      };
    },
  },
  {
    breaks: 'closing an instance leaves the tenants running',
    sabotage: (honest) => ({
      async close() {
        for await (const { tenant_id } of honest.list()) await honest.destroy(tenant_id);
      },
    }),
  },
];

function unknownStatus(tenant_id: string, provider_type: string): ComputeStatus {
  const last_updated = new Date().toISOString();
  const nothing = { containers: [], endpoints: [], metadata: {} };
  return { tenant_id, provider_type, state: 'unknown', health: 'unknown', last_updated, ...nothing };
}
