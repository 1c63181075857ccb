import assert from 'node:assert/strict';
import { Manager, Registry, silentLogger, TenantNotFoundError } from 'berth';
import * as z from 'zod';

/** A provider from outside the package, with a place for one tenant, which is always ready. */
function createPlace() {
  let held;
  return {
    name: 'place',
    capabilities: {},
    configSchema: z.strictObject({}),
    configDefaults: {},
    async provision({ tenant_id }) {
      held = tenant_id;
      const provisioned_at = new Date().toISOString();
      const result = { tenant_id, provider_type: 'place', status: 'success', message: 'placed', provisioned_at };
      return { ...result, resource_ids: {}, endpoints: [] };
    },
    async destroy(tenantId) {
      if (held !== tenantId) throw new TenantNotFoundError(tenantId);
      held = undefined;
    },
    update: () => Promise.reject(new Error('the provider cannot update a tenant')),
    getStatus: (tenantId) => Promise.reject(new TenantNotFoundError(tenantId)),
    validate: async () => ({ valid: true, warnings: [] }),
    async *list() {
      if (held) yield { tenant_id: held, ours: true };
    },
  };
}

const registry = new Registry(silentLogger);
registry.register(createPlace());
const manager = new Manager(registry, silentLogger);
const spec = {
  tenant_id: 'acme',
  provider_type: 'place',
  containers: [{ name: 'web', image: 'nginx:1' }],
  resources: { cpu: 256, memory: 256 },
};
const { status } = await manager.provisionTenant(spec);
await assert.rejects(manager.getTenantStatus('acme', 'place'), TenantNotFoundError);
await manager.destroyTenant('acme', 'place');
await assert.rejects(manager.provisionTenant({ ...spec, tenant_id: '' }), { code: 'invalid_spec' });
process.stdout.write(`${registry.list()} ${status}\n`);
