import { expect, test } from 'vitest';
import { createTenants } from '../../functions/runtime/tenants.ts';
import {
  type ComputeStatus,
  type HeldTenant,
  Manager,
  type Provider,
  ProviderFailedError,
  Registry,
  silentLogger,
  TenantNotFoundError,
} from '../../src/index.ts';
import { memorySpec } from './invoke.ts';

const spec = { ...memorySpec({ provider_type: 'one' }), containers: [{ name: 'web', image: 'busybox' }] };
const call = { signal: new AbortController().signal };

/** A provider with the answers of a test, which holds the given tenants. */
function provider(name: string, held: string[] | Error, answers: Partial<Provider> = {}): Provider {
  const status = (tenantId: string): ComputeStatus => ({
    tenant_id: tenantId,
    provider_type: name,
    state: 'running',
    containers: [],
    health: 'healthy',
    endpoints: [],
    last_updated: new Date().toISOString(),
    metadata: {},
  });
  return {
    name,
    provision: () => Promise.reject(new Error('not asked for')),
    update: () => Promise.reject(new Error('not asked for')),
    destroy: async () => {},
    getStatus: async (tenantId) => {
      if (Array.isArray(held) && !held.includes(tenantId)) throw new TenantNotFoundError(tenantId);
      return status(tenantId);
    },
    validate: async () => undefined,
    async *list(): AsyncGenerator<HeldTenant> {
      if (held instanceof Error) throw held;
      for (const tenant_id of held) yield { tenant_id };
    },
    ...answers,
  };
}

function tenantsOf(...providers: Provider[]) {
  const registry = new Registry();
  for (const each of providers) registry.register(each);
  return createTenants({ registry, manager: new Manager(registry, silentLogger) });
}

test('without a name, the one provider that holds the tenant is asked', async () => {
  const tenants = tenantsOf(provider('one', ['b']), provider('two', ['a', 'acme']), provider('three', []));
  expect(await tenants.status('acme', undefined, call)).toMatchObject({ provider_type: 'two' });
});

test('where several hold a tenant of the id, the caller has to choose', async () => {
  const tenants = tenantsOf(provider('two', ['acme']), provider('one', ['acme']));
  await expect(tenants.destroy('acme', undefined, call)).rejects.toMatchObject({
    code: 'invalid_request',
    issues: [{ pointer: '/query/provider', message: expect.stringContaining('one, two') }],
  });
});

test('a provider that cannot be asked does not stand between a tenant and the one that holds it', async () => {
  const broken = provider('broken', new ProviderFailedError('down'));
  const tenants = tenantsOf(broken, provider('two', ['acme']));
  expect(await tenants.status('acme', undefined, call)).toMatchObject({ provider_type: 'two' });
});

test('but nobody is told that a tenant is gone while a provider cannot be asked', async () => {
  const down = new ProviderFailedError('down');
  const tenants = tenantsOf(provider('broken', down), provider('two', []));
  await expect(tenants.destroy('acme', undefined, call)).rejects.toBe(down);
  await expect(tenants.status('acme', undefined, call)).rejects.toBe(down);
});

test('a tenant that nobody holds is gone already, and has no status', async () => {
  const tenants = tenantsOf(provider('one', []), provider('two', []));
  expect(await tenants.destroy('acme', undefined, call)).toBeUndefined();
  await expect(tenants.status('acme', undefined, call)).rejects.toThrow('acme on any of one, two');
});

test('destroy answers what is left while a tenant stops', async () => {
  const tenants = tenantsOf(provider('one', ['acme']));
  expect(await tenants.destroy('acme', 'one', call)).toMatchObject({ tenant_id: 'acme' });
});

test('an answer that says failed is an error', async () => {
  const failed = { tenant_id: 'acme', provider_type: 'one', status: 'failed' as const, message: 'no capacity' };
  const answers = { provision: async () => failed, update: async () => failed } as unknown as Partial<Provider>;
  const tenants = tenantsOf(provider('one', [], answers));
  await expect(tenants.provision(spec, call)).rejects.toMatchObject({
    code: 'provision_failed',
    message: 'provisioning failed: no capacity',
  });
  await expect(tenants.update('acme', spec, call)).rejects.toMatchObject({ code: 'update_failed' });
});

test('a provider that cannot tell the status is not asked to provision', async () => {
  const down = new ProviderFailedError('down');
  const tenants = tenantsOf(provider('one', [], { getStatus: () => Promise.reject(down) }));
  await expect(tenants.provision(spec, call)).rejects.toBe(down);
});
