import { expect, test, vi } from 'vitest';
import { handler as destroyTenant } from '../../functions/destroy-tenant.ts';
import { handler as getTenantStatus } from '../../functions/get-tenant-status.ts';
import { handler as planTenant } from '../../functions/plan-tenant.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { handler as rollbackTenant } from '../../functions/rollback-tenant.ts';
import { handler as updateTenant } from '../../functions/update-tenant.ts';
import { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

test('a request validates its specification once, and a request without one validates none', async () => {
  await useServices({ memory: { type: 'memory' } });
  const validations = vi.spyOn(TenantComputeSpec, 'safeParse');
  const path = { tenant_id: 'acme' };
  const bigger = memorySpec({ resources: { cpu: 256, memory: 128 } });
  const counts: [string, number][] = [];
  for (const [name, handler, invocation] of [
    ['provision', provisionTenant, { body: memorySpec() }],
    ['plan', planTenant, { body: bigger }],
    ['update', updateTenant, { path, body: bigger }],
    ['rollback', rollbackTenant, { path, body: { revision: 1 } }],
    ['status', getTenantStatus, { path }],
    ['destroy', destroyTenant, { path }],
  ] as const) {
    validations.mockClear();
    const { status } = await invoke(handler, invocation);
    expect(status).toBeLessThan(300);
    counts.push([name, validations.mock.calls.length]);
  }
  validations.mockRestore();
  expect(counts).toEqual([
    ['provision', 1],
    ['plan', 1],
    ['update', 1],
    ['rollback', 0],
    ['status', 0],
    ['destroy', 0],
  ]);
});
