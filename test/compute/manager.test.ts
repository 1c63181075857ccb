import { beforeAll, describe, expect, test } from 'vitest';
import {
  InvalidSpecError,
  ProviderFailedError,
  ProviderNotFoundError,
  ProvisionFailedError,
  TenantNotFoundError,
} from '../../src/compute/errors.ts';
import { silentLogger } from '../../src/compute/logger.ts';
import { type CallOptions, Manager } from '../../src/compute/manager.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
import { loadSpecSchema } from '../../src/compute/spec/check-spec.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { type CountingProvider, createCountingProvider } from '../support/counting-provider.ts';
import { aContainer, aSpec } from '../support/specs.ts';

/** While the schema is loaded, a call reaches the provider before it returns its promise. */
beforeAll(loadSpecSchema);

function managerOf(...providers: Provider[]): Manager {
  const registry = new Registry();
  for (const provider of providers) registry.register(provider);
  return new Manager(registry, silentLogger);
}

/** Each method of the manager that concerns one tenant, with the method of the provider that it calls. */
const operations = [
  [
    'provisionTenant',
    'provision',
    (manager: Manager, spec: TenantComputeSpec, options?: CallOptions) => manager.provisionTenant(spec, options),
  ],
  [
    'updateTenant',
    'update',
    (manager: Manager, spec: TenantComputeSpec, options?: CallOptions) =>
      manager.updateTenant(spec.tenant_id, spec, options),
  ],
  [
    'destroyTenant',
    'destroy',
    (manager: Manager, spec: TenantComputeSpec, options?: CallOptions) =>
      manager.destroyTenant(spec.tenant_id, spec.provider_type, options),
  ],
  [
    'getTenantStatus',
    'getStatus',
    (manager: Manager, spec: TenantComputeSpec, options?: CallOptions) =>
      manager.getTenantStatus(spec.tenant_id, spec.provider_type, options),
  ],
  [
    'validateTenantSpec',
    'validate',
    (manager: Manager, spec: TenantComputeSpec, options?: CallOptions) => manager.validateTenantSpec(spec, options),
  ],
] as const;

const invalid = aSpec({ tenant_id: 'Not A Tenant', provider_type: 'ghost' });

function methodsOf({ calls }: CountingProvider): string[] {
  return calls.map(({ method }) => method);
}

describe.each(operations)('%s', (_name, method, run) => {
  test('calls the provider of that name, and no other', async () => {
    const [docker, ecs] = [createCountingProvider('docker'), createCountingProvider('ecs')];
    await run(managerOf(docker, ecs), aSpec({ provider_type: 'ecs' }));
    expect(methodsOf(ecs)).toEqual([method]);
    expect(methodsOf(docker)).toEqual([]);
  });

  test('names the registered providers if that one is missing, and calls none of them', async () => {
    const provider = createCountingProvider('docker');
    const answer = run(managerOf(provider), aSpec({ provider_type: 'ghost' }));
    await expect(answer).rejects.toThrow(ProviderNotFoundError);
    await expect(answer).rejects.toThrow('compute provider not found: "ghost" (registered: docker)');
    expect(provider.calls).toEqual([]);
  });

  test('validates before it finds the provider, and never calls the provider with invalid input', async () => {
    const provider = createCountingProvider();
    await expect(run(managerOf(provider), invalid)).rejects.toThrow(InvalidSpecError);
    await expect(run(managerOf(provider), { ...invalid, provider_type: 'counting' })).rejects.toThrow(InvalidSpecError);
    expect(provider.calls).toEqual([]);
  });

  test.each([
    ['one of our errors', new ProvisionFailedError('no capacity')],
    ['any other error', new TypeError('x is not a function')],
    ['an aborted signal’s reason', new DOMException('left', 'AbortError')],
    ['a text', 'a thrown text'],
    ['an object', { status: 500 }],
    ['nothing', undefined],
    ['null', null],
  ])('rethrows %s as the same object', async (_case, thrown) => {
    const fail = () => Promise.reject(thrown);
    const manager = managerOf(createCountingProvider('counting', { [method]: fail }));
    const outcome = await run(manager, aSpec()).then(
      () => 'answered',
      (error: unknown) => ({ error }),
    );
    expect(outcome).toStrictEqual({ error: thrown });
    if (typeof outcome === 'object') expect(outcome.error).toBe(thrown);
  });

  test('rejects with what a provider throws synchronously', async () => {
    const thrown = new Error('thrown at once');
    const provider: Provider = {
      ...createCountingProvider(),
      [method]: () => {
        throw thrown;
      },
    };
    await expect(run(managerOf(provider), aSpec())).rejects.toBe(thrown);
  });

  test('gives the provider a signal that is aborted with the caller', async () => {
    let given: AbortSignal | undefined;
    const hang = (...args: unknown[]) => {
      given = (args.at(-1) as CallOptions).signal;
      return new Promise<never>((_resolve, reject) =>
        given?.addEventListener('abort', () => reject(given?.reason), { once: true }),
      );
    };
    const caller = new AbortController();
    const provider = createCountingProvider('counting', { [method]: hang });
    const answer = run(managerOf(provider), aSpec(), { signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    expect(given?.aborted).toBe(true);
  });
});

const mutations = operations.filter(([name]) => name !== 'destroyTenant');

describe.each(mutations)('%s with a malformed answer', (_name, method, run) => {
  const malformed = {
    provision: [
      undefined,
      null,
      'ok',
      {},
      { tenant_id: 42 },
      { tenant_id: 'acme', provider_type: 'x', status: 'fine' },
    ],
    update: [undefined, 7, { tenant_id: 'acme', provider_type: 'x', status: 'success', changes: 'all' }],
    getStatus: [undefined, [], { tenant_id: 'acme', provider_type: 'x', state: 'dancing', health: 'healthy' }],
    validate: [{ warnings: 'many' }, { warnings: [7] }],
  };

  test.each((malformed as Record<string, unknown[]>)[method] ?? [])('%j is a ProviderFailedError', async (answer) => {
    const manager = managerOf(createCountingProvider('counting', { [method]: async () => answer }));
    const outcome = run(manager, aSpec());
    await expect(outcome).rejects.toThrow(ProviderFailedError);
    await expect(outcome).rejects.toThrow(/^compute provider failed: counting gave an answer/);
  });
});

describe('between the caller and the provider', () => {
  test('a specification becomes a copy with its defaults filled in', async () => {
    const provider = createCountingProvider();
    const container = { name: 'web', image: 'nginx', ports: [{ container_port: 80 }] };
    const given = aSpec({ containers: [container as TenantComputeSpec['containers'][0]] });
    await managerOf(provider).provisionTenant(given);
    const received = provider.calls[0]?.args[0] as TenantComputeSpec;
    expect(received.containers[0]?.ports).toEqual([{ container_port: 80, protocol: 'tcp' }]);
    expect(received).not.toBe(given);
    expect(given.containers[0]).toEqual({ name: 'web', image: 'nginx', ports: [{ container_port: 80 }] });
  });

  test('an answer gets its defaults filled in and its unknown fields dropped', async () => {
    const answer = { tenant_id: 'acme', provider_type: 'counting', status: 'success', internal_arn: 'arn:x' } as const;
    const provision = async () => answer as unknown as Awaited<ReturnType<Provider['provision']>>;
    const result = await managerOf(createCountingProvider('counting', { provision })).provisionTenant(aSpec());
    expect(result).toEqual({
      tenant_id: 'acme',
      provider_type: 'counting',
      status: 'success',
      resource_ids: {},
      endpoints: [],
      message: '',
      provisioned_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test.each([
    [undefined, []],
    [{ warnings: [] }, []],
    [{ warnings: ['the port is privileged'] }, ['the port is privileged']],
  ])('an answer %j to validate becomes the warnings %j', async (answer, warnings) => {
    const manager = managerOf(createCountingProvider('counting', { validate: async () => answer }));
    expect(await manager.validateTenantSpec(aSpec())).toEqual({ valid: true, warnings });
  });
});

describe('updateTenant', () => {
  test('refuses a specification of another tenant before it finds the provider', async () => {
    const provider = createCountingProvider();
    const answer = managerOf(provider).updateTenant('other', aSpec({ provider_type: 'ghost' }));
    await expect(answer).rejects.toThrow(InvalidSpecError);
    await expect(answer).rejects.toMatchObject({
      issues: [{ pointer: '/tenant_id', message: 'tenant_id must equal the id of the tenant to update' }],
    });
    expect(provider.calls).toEqual([]);
  });
});

describe('destroyTenant', () => {
  test('of nothing succeeds', async () => {
    const destroy = () => Promise.reject(new TenantNotFoundError('acme'));
    const manager = managerOf(createCountingProvider('counting', { destroy }));
    expect(await manager.destroyTenant('acme', 'counting')).toEqual({ deleted_volumes: [], kept_volumes: [] });
  });
});

describe('listProviders', () => {
  test('returns the registered names, sorted, in a fresh array', () => {
    const manager = managerOf(createCountingProvider('process'), createCountingProvider('docker'));
    manager.listProviders().push('forged');
    expect(manager.listProviders()).toEqual(['docker', 'process']);
  });
});

test('different tenants proceed in parallel', async () => {
  const gate = Promise.withResolvers<void>();
  const fallback = createCountingProvider();
  const provider = createCountingProvider('counting', {
    async provision(spec, call) {
      await gate.promise;
      return fallback.provision(spec, call);
    },
  });
  const manager = managerOf(provider);
  const ids = Array.from({ length: 50 }, (_, index) => `tenant-${index}`);
  const all = Promise.all(
    ids.map((tenant_id) => manager.provisionTenant(aSpec({ tenant_id, containers: [aContainer()] }))),
  );
  expect(provider.calls).toHaveLength(50);
  gate.resolve();
  expect((await all).map((result) => result.tenant_id)).toEqual(ids);
});

test('a provider without the capability only validates run and after, and carries out nothing', async () => {
  const provider = createCountingProvider();
  const containers = [aContainer({ after: ['setup'] }), aContainer({ name: 'setup', run: 'once' })];
  const spec = aSpec({ containers });
  const manager = managerOf(provider);
  const calls = [
    () => manager.provisionTenant(spec),
    () => manager.updateTenant(spec.tenant_id, spec),
    () => manager.validateTenantSpec(spec),
  ];
  for (const call of calls) {
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidSpecError);
    const pointers = (error as InvalidSpecError).issues.map(({ pointer }) => pointer);
    expect(pointers).toEqual(['/containers/0/after', '/containers/1/run']);
  }
  expect(provider.calls.map(({ method }) => method)).toEqual(['validate', 'validate', 'validate']);
});

describe('volumes', () => {
  const mounting = aSpec({ containers: [aContainer({ volumes: [{ name: 'data', path: '/data' }] })] });

  test('are refused where the provider keeps none, and the provider is not asked to run anything', async () => {
    const provider = createCountingProvider('counting');
    const manager = managerOf(provider);
    for (const call of [
      manager.validateTenantSpec(mounting),
      manager.provisionTenant(mounting),
      manager.updateTenant('acme', mounting),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: 'invalid_spec',
        issues: [{ pointer: '/containers/0/volumes', message: expect.stringContaining('keeps no volumes') }],
      });
    }
    const called = provider.calls.map(({ method }) => method);
    expect(new Set(called)).toEqual(new Set(['validate']));
  });

  test('that a destroy deleted and kept are returned', async () => {
    const deleted = { deleted_volumes: ['cache'], kept_volumes: ['data'] };
    const manager = managerOf(createCountingProvider('counting', { destroy: async () => deleted }));
    expect(await manager.destroyTenant('acme', 'counting')).toEqual(deleted);
  });
});
