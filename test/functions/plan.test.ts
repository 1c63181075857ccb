import { beforeEach, describe, expect, test } from 'vitest';
import { handler as destroyTenant } from '../../functions/destroy-tenant.ts';
import { handler as getTenant } from '../../functions/get-tenant.ts';
import { handler as listOperations } from '../../functions/list-operations.ts';
import { handler as planTenant } from '../../functions/plan-tenant.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { handler as updateTenant } from '../../functions/update-tenant.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

const path = { tenant_id: 'acme' };

function version(image: string, env?: Record<string, string>) {
  return memorySpec({ containers: [{ name: 'web', image, ...(env && { env }) }] });
}

beforeEach(async () => {
  await useServices({ memory: { type: 'memory' }, other: { type: 'memory' } });
});

describe('a plan', () => {
  test('lists the changes of a provision, and provisions nothing', async () => {
    const { status, body } = await invoke(planTenant, { body: version('busybox:1', { TOKEN: 'canary-1' }) });
    expect(status).toBe(200);
    expect(body).toEqual({
      tenant_id: 'acme',
      provider_type: 'memory',
      action: 'provision',
      revision: null,
      changes: [
        { pointer: '/tenant_id', after: 'acme', effect: 'in_place' },
        { pointer: '/provider_type', after: 'memory', effect: 'in_place' },
        { pointer: '/containers/0/name', after: 'web', effect: 'in_place' },
        { pointer: '/containers/0/image', after: 'busybox:1', effect: 'in_place' },
        { pointer: '/containers/0/env/TOKEN', after: '[redacted]', effect: 'in_place' },
        { pointer: '/resources/cpu', after: 128, effect: 'in_place' },
        { pointer: '/resources/memory', after: 128, effect: 'in_place' },
      ],
      warnings: [],
    });
    expect(await invoke(getTenant, { path })).toMatchObject({ status: 404 });
  });

  test('lists the changes of an update and their effect', async () => {
    await invoke(provisionTenant, { body: version('busybox:1') });
    const plan = await invoke(planTenant, { body: version('busybox:2') });
    expect(plan.body).toMatchObject({
      action: 'update',
      revision: 1,
      changes: [{ pointer: '/containers/0/image', before: 'busybox:1', after: 'busybox:2', effect: 'replace' }],
    });
    await invoke(updateTenant, { path, body: version('busybox:2') });
    expect(await invoke(planTenant, { body: version('busybox:2') })).toMatchObject({
      body: { action: 'none', revision: 2, changes: [] },
    });
  });

  test.each([
    ['with every issue of an invalid specification', { tenant_id: 'A', containers: [] }, '/tenant_id'],
    ['with the provider’s own issues', memorySpec({ provider_config: { surprise: 1 } }), '/provider_config'],
    [
      'with a placeholder for a value that is not stored',
      version('busybox:1', { TOKEN: '[redacted]' }),
      '/containers/0/env/TOKEN',
    ],
    ['with another provider than the tenant has', memorySpec({ provider_type: 'other' }), '/provider_type'],
  ])('is refused %s', async (_title, body, pointer) => {
    await invoke(provisionTenant, { body: version('busybox:1') });
    const answer = await invoke(planTenant, { body });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_spec' } });
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContainEqual(
      expect.stringContaining(pointer),
    );
  });

  test('for an unknown provider is not found', async () => {
    expect(await invoke(planTenant, { body: memorySpec({ provider_type: 'nowhere' }) })).toMatchObject({ status: 404 });
  });
});

describe('the operations of a tenant', () => {
  const typesOf = (operations: { type: string; state: string }[]) => operations.map(({ type, state }) => [type, state]);

  test('are listed newest first, without internal fields', async () => {
    const headers = { 'idempotency-key': 'one' };
    await invoke(provisionTenant, { body: version('busybox:1'), headers });
    await invoke(updateTenant, { path, body: version('busybox:2') });
    await invoke(destroyTenant, { path });
    const { status, body } = await invoke(listOperations, { path });
    expect(status).toBe(200);
    expect(typesOf(body.operations)).toEqual([
      ['destroy', 'succeeded'],
      ['update', 'succeeded'],
      ['provision', 'succeeded'],
    ]);
    for (const operation of body.operations) {
      expect(Object.keys(operation)).not.toContain('idempotency');
      expect(operation.operation_id).toMatch(/^acme\.[a-z0-9]{12}\.[1-3]$/);
    }
  });

  test('are limited to the requested number', async () => {
    await invoke(provisionTenant, { body: version('busybox:1') });
    await invoke(updateTenant, { path, body: version('busybox:2') });
    const { body } = await invoke(listOperations, { path, query: { limit: '1' } });
    expect(typesOf(body.operations)).toEqual([['update', 'succeeded']]);
    expect(await invoke(listOperations, { path, query: { limit: '0' } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/query/limit' }] },
    });
  });

  test('of an unknown tenant are not found', async () => {
    expect(await invoke(listOperations, { path })).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
  });
});
