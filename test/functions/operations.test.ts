import { beforeEach, describe, expect, test, vi } from 'vitest';
import { handler as destroyTenant } from '../../functions/destroy-tenant.ts';
import { handler as getProvider } from '../../functions/get-provider.ts';
import { handler as getTenantStatus } from '../../functions/get-tenant-status.ts';
import { handler as listProviders } from '../../functions/list-providers.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { operation } from '../../functions/runtime/http/operation.ts';
import { provideServices } from '../../functions/runtime/setup/services.ts';
import { handler as unmatchedRoute } from '../../functions/unmatched-route.ts';
import { handler as updateTenant } from '../../functions/update-tenant.ts';
import { handler as validateTenantSpec } from '../../functions/validate-tenant-spec.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

const path = { tenant_id: 'acme' };
const changed = memorySpec({ resources: { cpu: 256, memory: 128 } });

beforeEach(async () => {
  await useServices({ memory: { type: 'memory' }, slow: { type: 'memory', in_progress_ms: 60_000 } });
});

describe('provision-tenant', () => {
  test('returns 201, then 200 for the same specification, and 409 for another', async () => {
    const first = await invoke(provisionTenant, { body: memorySpec() });
    expect(first).toMatchObject({
      status: 201,
      body: { tenant_id: 'acme', provider_type: 'memory', status: 'success' },
    });
    const second = await invoke(provisionTenant, { body: memorySpec() });
    expect(second).toEqual({ ...first, status: 200 });
    const other = await invoke(provisionTenant, { body: changed });
    expect(other).toMatchObject({ status: 409, body: { code: 'tenant_exists' } });
  });

  test('returns 202 while it is in progress, however often it is requested', async () => {
    const body = memorySpec({ provider_type: 'slow' });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect(await invoke(provisionTenant, { body })).toMatchObject({ status: 202, body: { status: 'in_progress' } });
    }
  });

  test('returns the headers that every answer has', async () => {
    const { headers } = await invoke(provisionTenant, { body: memorySpec(), requestId: 'request-3' });
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'request-3',
      etag: '"1"',
      location: expect.stringMatching(/^\/v1\/operations\/acme\.[a-z0-9]{12}\.1$/),
    });
  });

  test('names every issue of the specification', async () => {
    const answer = await invoke(provisionTenant, { body: { tenant_id: 'acme', surprise: 1 } });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-request-id': 'request-1' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(
      expect.arrayContaining(['/provider_type', '/containers', '/resources', '/surprise']),
    );
  });

  test('ends at the deadline, even if the provider ignores the signal', async () => {
    const body = memorySpec({ provider_config: { faults: { provision: 'hang_deaf' } } });
    const answer = await invoke(provisionTenant, { body, remaining: 520 });
    expect(answer).toMatchObject({ status: 504, body: { code: 'timeout', retryable: true } });
  });
});

describe('update-tenant', () => {
  test('returns 200 with the changes, 200 without any, and 404 for an unknown tenant', async () => {
    expect(await invoke(updateTenant, { path, body: changed })).toMatchObject({ status: 404 });
    await invoke(provisionTenant, { body: memorySpec() });
    const first = await invoke(updateTenant, { path, body: changed });
    expect(first).toMatchObject({ status: 200, body: { status: 'success', changes: ['/resources/cpu'] } });
    const second = await invoke(updateTenant, { path, body: changed });
    expect(second).toMatchObject({ status: 200, body: { status: 'no_changes', changes: [] } });
  });

  test('returns 202 while it is in progress', async () => {
    const slowly = (spec: object) => ({ ...spec, provider_config: { in_progress_ms: 60_000 } });
    await invoke(provisionTenant, { body: memorySpec() });
    expect(await invoke(updateTenant, { path, body: slowly(changed) })).toMatchObject({
      status: 202,
      body: { status: 'in_progress' },
    });
  });

  test('refuses a specification of another tenant', async () => {
    const answer = await invoke(updateTenant, { path: { tenant_id: 'other' }, body: memorySpec() });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_spec', errors: [{ pointer: '/tenant_id' }] } });
  });
});

describe('destroy-tenant', () => {
  test('returns 204 without a body, even if the tenant is not there', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    for (const query of [{ provider: 'memory' }, { provider: 'memory' }, undefined]) {
      const answer = await invoke(destroyTenant, { path, ...(query && { query }) });
      expect(answer.status).toBe(204);
      expect(answer.body).toBeUndefined();
    }
    expect(await invoke(getTenantStatus, { path })).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
  });

  test('names the registered providers if the given one is unknown', async () => {
    const answer = await invoke(destroyTenant, { path, query: { provider: 'unknown' } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'provider_not_found' } });
    expect(answer.body.detail).toContain('registered: memory, slow');
  });
});

describe('get-tenant-status', () => {
  test('returns the status that the provider observes, with its age', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    const answer = await invoke(getTenantStatus, { path });
    expect(answer).toMatchObject({ status: 200, headers: { age: '0' }, body: { state: 'running', health: 'healthy' } });
  });

  test('returns a cached status, unless the caller sends no-cache', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    const read = async (headers = {}) => (await invoke(getTenantStatus, { path, headers })).body.last_updated;
    const first = await read();
    await expect.poll(() => new Date().toISOString()).not.toBe(first);
    expect(await read()).toBe(first);
    expect(await read({ 'cache-control': 'no-cache' })).not.toBe(first);
  });

  test('returns 502 if the provider returns a malformed result', async () => {
    await invoke(provisionTenant, { body: memorySpec({ provider_config: { faults: { status: 'garbage' } } }) });
    const answer = await invoke(getTenantStatus, { path });
    expect(answer).toMatchObject({ status: 502, body: { code: 'provider_failed' } });
  });
});

describe('validate-tenant-spec', () => {
  test('returns 200 with warnings, and provisions nothing', async () => {
    const answer = await invoke(validateTenantSpec, { body: memorySpec() });
    expect(answer).toMatchObject({ status: 200, body: { valid: true, warnings: expect.any(Array) } });
    expect((await invoke(getTenantStatus, { path })).status).toBe(404);
  });

  test('returns 422 with a pointer for an issue that only the provider finds', async () => {
    const answer = await invoke(validateTenantSpec, { body: memorySpec({ provider_config: { latency_ms: -1 } }) });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/provider_config/latency_ms' }] } });
  });

  test('returns 502 if the provider returns a malformed result', async () => {
    const body = memorySpec({ provider_config: { faults: { validate: 'garbage' } } });
    expect(await invoke(validateTenantSpec, { body })).toMatchObject({
      status: 502,
      body: { code: 'provider_failed' },
    });
  });
});

describe('providers', () => {
  test('are listed by name', async () => {
    expect(await invoke(listProviders)).toMatchObject({ status: 200, body: { providers: ['memory', 'slow'] } });
  });

  test('are described with the JSON Schema of provider_config', async () => {
    const { status, body } = await invoke(getProvider, { path: { name: 'slow' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'slow',
      capabilities: { images: false, health_checks: ['http', 'tcp', 'exec'] },
      config_schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
      config_defaults: { in_progress_ms: 60_000 },
    });
    expect(body.config_schema.required ?? []).toEqual([]);
  });

  test.each([
    ['unknown', 404, 'provider_not_found'],
    ['No body', 422, 'invalid_request'],
  ])('of the name %s get %i', async (name, status, code) => {
    expect(await invoke(getProvider, { path: { name } })).toMatchObject({ status, body: { code } });
  });
});

describe('unmatched-route', () => {
  const ask = (method: string, rawPath: string, context: object = {}) => {
    const requestContext = { requestId: 'r', http: { method }, ...context } as never;
    return invoke(unmatchedRoute, { event: { rawPath, requestContext } });
  };

  test('distinguishes an unknown path from a wrong method', async () => {
    expect(await ask('GET', '/v2/tenants')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    expect(await ask('PATCH', '/v1/tenants/acme')).toMatchObject({
      status: 405,
      headers: { allow: 'DELETE, GET, HEAD, OPTIONS, PUT' },
      body: { code: 'method_not_allowed' },
    });
  });

  test('returns the allowed methods for OPTIONS', async () => {
    expect(await ask('OPTIONS', '/v1/providers')).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });

  // API Gateway leaves both prefixes in the path of an event.
  const ownDomain = { apiId: 'a1b2', domainPrefix: 'a1b2' };
  const customDomain = { apiId: 'a1b2', domainPrefix: 'api', stage: '$default' };
  test.each([
    ['behind a named stage', '/prod/v1/tenants/acme', { ...ownDomain, stage: 'prod' }],
    ['at the root of a custom domain', '/v1/tenants/acme', customDomain],
    ['behind the base path of a custom domain', '/berth/v1/tenants/acme', customDomain],
    ['behind the base path v1 of a custom domain', '/v1/v1/tenants/acme', customDomain],
  ])('finds the methods of a path %s', async (_, path, context) => {
    const allow = 'DELETE, GET, HEAD, OPTIONS, PUT';
    expect(await ask('PATCH', path, context)).toMatchObject({ status: 405, headers: { allow } });
    expect(await ask('OPTIONS', path, context)).toMatchObject({ status: 204, headers: { allow } });
    expect(await ask('PATCH', path.replace('v1/tenants', 'v1/nowhere'), context)).toMatchObject({ status: 404 });
  });

  test('finds nothing behind a prefix that is neither a stage nor a base path', async () => {
    const context = { ...ownDomain, stage: '$default' };
    expect(await ask('PATCH', '/berth/v1/tenants', context)).toMatchObject({ status: 404 });
    // API Gateway would have found this route, if the prefix were a base path.
    expect(await ask('GET', '/berth/v1/tenants', customDomain)).toMatchObject({ status: 404 });
  });

  test('ignores the query', async () => {
    const answer = await invoke(unmatchedRoute, { query: { a: '1' }, event: { rawPath: '/nowhere' } });
    expect(answer.status).toBe(404);
  });
});

describe('every operation', () => {
  test('refuses to send an oversized answer', async () => {
    const handler = await operation({ name: 'huge', run: () => ({ status: 200, body: 'x'.repeat(1024 * 1024) }) });
    expect(await invoke(handler)).toMatchObject({ status: 502, body: { code: 'provider_failed' } });
  });

  test.each([null, undefined, 0, '', 'text', Symbol('s'), { toString: null }])(
    'returns 500 for a thrown %o',
    async (thrown) => {
      const handler = await operation({
        name: 'thrower',
        run: () => {
          throw thrown;
        },
      });
      expect(await invoke(handler)).toMatchObject({ status: 500, body: { code: 'internal' } });
    },
  );

  test('serves an event without headers and request context', async () => {
    const answer = await invoke(listProviders, {
      event: { requestContext: undefined as never, headers: undefined as never },
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'x-request-id': 'lambda-request-1' } });
  });

  test('returns 500 without internals while the configuration is wrong, and recovers once it is right', async () => {
    provideServices(undefined);
    vi.stubEnv('BERTH_PROVIDERS', '{"canary":');
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    const answer = await invoke(listProviders);
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toMatch(/canary|BERTH/);
    vi.stubEnv('BERTH_PROVIDERS', '{"memory":{"type":"memory"}}');
    vi.stubEnv('BERTH_LOG_LEVEL', 'SILENT');
    expect(await invoke(listProviders)).toMatchObject({ status: 200, body: { providers: ['memory'] } });
    vi.unstubAllEnvs();
  });
});
