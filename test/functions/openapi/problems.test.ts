import { beforeEach, describe, expect, test, vi } from 'vitest';
import { contracts } from '../../../functions/openapi/contracts.ts';
import { type OperationName, type Route, routes } from '../../../functions/routes.ts';
import type { Handler } from '../../../functions/runtime/http/operation.ts';
import type { ProblemCode } from '../../../functions/runtime/http/problem.ts';
import { provideServices } from '../../../functions/runtime/setup/services.ts';
import { loadHandlers } from '../../../infra/local/load-handlers.ts';
import {
  InvalidSpecError,
  ProviderFailedError,
  ProvisionFailedError,
  ResourceConflictError,
  TenantNotFoundError,
  ThrottledError,
  UpdateFailedError,
} from '../../../src/index.ts';
import type { Tenants } from '../../../src/tenants/tenants.ts';
import { send, startTestServer } from '../../infra/local/fixture.ts';
import { type Invocation, invoke, memorySpec } from '../invoke.ts';
import { createProblemWorld, type ProblemWorld } from './problem-world.ts';

const handlers = await loadHandlers();
let world: ProblemWorld;

beforeEach(async () => {
  world = await createProblemWorld();
});

function handlerOf(operation: string): Handler {
  const handler = handlers.get(operation);
  if (!handler) throw new Error(operation);
  return handler;
}

const spec = memorySpec({ provider_type: 'moody' });
const bigger = { ...spec, resources: { cpu: 256, memory: 128 } };

/** A request that is in order: it would be served, were the world in order and the tenant there. */
function requestOf(operation: OperationName): Invocation {
  const { path } = routes.find((route) => route.operation === operation) as Route;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = { tenant_id: 'acme', name: 'moody', operation_id: 'acme.aaaaaaaaaaaa.1' };
  const contract = contracts[operation];
  const body = operation === 'rollback-tenant' ? { revision: 1 } : bigger;
  return {
    ...(names.length > 0 && {
      path: Object.fromEntries(Object.entries(parameters).filter(([name]) => names.includes(name))),
    }),
    ...('body' in contract && { body }),
    remaining: 5_000,
  };
}

function ask(operation: OperationName, changes: Invocation = {}) {
  return invoke(handlerOf(operation), { ...requestOf(operation), ...changes });
}

/** Two revisions, of which the first can be rolled back to; or one, for what begins with an update. */
async function tenantFor(operation: OperationName): Promise<void> {
  await invoke(handlerOf('provision-tenant'), { body: spec });
  if (operation === 'rollback-tenant')
    await invoke(handlerOf('update-tenant'), { path: { tenant_id: 'acme' }, body: bigger });
}

function fail(error: Error): () => Promise<never> {
  return async () => {
    throw error;
  };
}

const isChange = (operation: OperationName) => ['update-tenant', 'rollback-tenant'].includes(operation);

type Provoke = (operation: OperationName) => Promise<{ status: number; body: { code?: string } | undefined }>;

/** How each problem comes about, for any operation that says that it can. */
const provocations: Partial<Record<ProblemCode, Provoke>> = {
  invalid_request: (operation) => ask(operation, { query: { surprise: '1' } }),
  malformed_json: (operation) => ask(operation, { body: '{' }),
  unsupported_media_type: (operation) => ask(operation, { headers: { 'content-type': 'text/plain' } }),
  async internal(operation) {
    provideServices(undefined);
    vi.stubEnv('BERTH_PROVIDERS', '{');
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    return ask(operation).finally(() => vi.unstubAllEnvs());
  },
  async throttled(operation) {
    world.weather = 'throttled';
    world.mood.validate = fail(new ThrottledError('slowly'));
    return ask(operation);
  },
  async timeout(operation) {
    world.weather = 'silent';
    world.mood.validate = () => new Promise(() => undefined);
    return ask(operation, { remaining: 510 });
  },
  async provider_failed(operation) {
    await tenantFor(operation);
    const error = new ProviderFailedError('out of order');
    world.mood = { validate: fail(error), getStatus: fail(error), logs: fail(error) };
    if (operation.startsWith('list-')) pretendEndlessLists();
    return ask(operation);
  },
  async provider_not_found(operation) {
    if (operation === 'get-provider') return ask(operation, { path: { name: 'nobody' } });
    await tenantFor(operation);
    await world.forgetMoody();
    const isNamed = operation === 'destroy-tenant' || operation === 'get-tenant-status';
    return ask(operation, isNamed ? { query: { provider: 'moody' } } : {});
  },
  tenant_not_found: (operation) => ask(operation),
  async tenant_exists(operation) {
    await tenantFor(operation);
    return ask(operation);
  },
  operation_not_found: (operation) => ask(operation),
  async revision_not_found(operation) {
    await tenantFor(operation);
    return ask(operation, { body: { revision: 9 } });
  },
  async revision_conflict(operation) {
    await tenantFor(operation);
    return ask(operation, { headers: { 'if-match': '"9"' } });
  },
  async idempotency_mismatch(operation) {
    const headers = { 'idempotency-key': 'the-same' };
    await invoke(handlerOf('provision-tenant'), { body: spec, headers });
    await tenantFor(operation);
    return ask(operation, { headers });
  },
  async operation_in_progress(operation) {
    await tenantFor(operation);
    world.weather = 'contested';
    return operation === 'provision-tenant'
      ? ask(operation, { body: { ...spec, tenant_id: 'other' } })
      : ask(operation);
  },
  async operation_cancelled(operation) {
    if (isChange(operation)) await tenantFor(operation);
    const overtaken = async () => {
      world.mood = {};
      await invoke(handlerOf('destroy-tenant'), { path: { tenant_id: 'acme' } });
      throw new ProvisionFailedError('it is gone');
    };
    world.mood = { provision: overtaken, update: overtaken };
    return ask(operation);
  },
  async invalid_spec(operation) {
    await tenantFor(operation);
    world.mood.validate = fail(new InvalidSpecError('not here'));
    return ask(operation);
  },
  async resource_conflict(operation) {
    if (isChange(operation)) await tenantFor(operation);
    world.mood = {
      provision: fail(new ResourceConflictError('a port')),
      update: fail(new ResourceConflictError('a port')),
    };
    return ask(operation);
  },
  async provision_failed(operation) {
    if (isChange(operation)) await tenantFor(operation);
    // An update finds nothing left of the tenant, so it is brought up anew.
    world.mood = { provision: fail(new ProvisionFailedError('no')), update: fail(new TenantNotFoundError('acme')) };
    return ask(operation);
  },
  async update_failed(operation) {
    await tenantFor(operation);
    world.mood.update = fail(new UpdateFailedError('no'));
    // A provision is an update where an earlier version serves and the latest change failed.
    if (!isChange(operation)) await ask('update-tenant');
    return ask(operation);
  },
  async unsupported(operation) {
    await invoke(handlerOf('provision-tenant'), { body: memorySpec() });
    return ask(operation);
  },
};

/** Lists that no answer could hold. */
function pretendEndlessLists(): void {
  const huge = 'x'.repeat(2 * 1024 * 1024);
  const tenants: Pick<Tenants, 'list' | 'revisions' | 'operations'> = {
    list: async () => ({ tenants: [{ tenant_id: huge }] }) as unknown as Awaited<ReturnType<Tenants['list']>>,
    revisions: async () => [{ actor: huge }] as unknown as Awaited<ReturnType<Tenants['revisions']>>,
    operations: async () => [{ actor: huge }] as unknown as Awaited<ReturnType<Tenants['operations']>>,
  };
  provideServices({ ...world.services, tenants: tenants as Tenants });
}

const tooLarge = Buffer.alloc(10 * 1024 * 1024 + 1);

/** What the host, or API Gateway, refuses before a handler is called. */
const refusals: Partial<
  Record<ProblemCode, { headers?: Record<string, string>; path?: (path: string) => string; body?: unknown }>
> = {
  forbidden_origin: { headers: { origin: 'http://attacker.example' } },
  misdirected_request: { headers: { host: 'attacker.example' } },
  headers_too_large: { headers: { 'x-long': 'x'.repeat(11_000) } },
  // A GET and a DELETE say only so that they have a body.
  payload_too_large: { headers: { 'content-length': String(tooLarge.length) }, body: tooLarge },
  bad_request: { path: (path) => path.replace(/\{\w+\}/, '%zz') },
};

/** A request that does not arrive: the server waits for half a minute, and a test does not. */
const unprovoked: ProblemCode[] = ['request_timeout'];

describe.each(routes.map(({ operation }) => operation))('%s', (operation) => {
  const { problems } = contracts[operation];
  const distinct = [...new Set<ProblemCode>(problems)].filter((code) => !unprovoked.includes(code));

  test.each(distinct.filter((code) => !(code in refusals)))('can answer %s', async (code) => {
    const provoke = provocations[code];
    if (!provoke) throw new Error(`nothing provokes ${code}`);
    expect((await provoke(operation)).body).toMatchObject({ code });
  });
});

test('the host refuses what the document says, whichever operation it is for', async () => {
  const { url } = await startTestServer();
  for (const { operation, method, path } of routes) {
    const own = [...new Set<ProblemCode>(contracts[operation].problems)].filter((code) => code in refusals);
    for (const code of own) {
      const {
        headers,
        body,
        path: change = (same: string) => same.replaceAll(/\{\w+\}/g, 'acme'),
      } = refusals[code] ?? {};
      const reply = await send(url, method, change(path), {
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      });
      expect([operation, reply.body.code]).toEqual([operation, code]);
    }
  }
});
