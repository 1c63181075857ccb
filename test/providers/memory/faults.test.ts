import { setImmediate } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import {
  DestroyFailedError,
  InvalidSpecError,
  ProviderFailedError,
  ProvisionFailedError,
  TenantNotFoundError,
  ThrottledError,
  TimeoutError,
  UpdateFailedError,
} from '../../../src/compute/errors.ts';
import type { Provider, ProviderCall } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { createMemoryBackend, type MemoryBackend } from '../../../src/providers/memory/backend.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

const operations = ['provision', 'update', 'destroy', 'status', 'validate', 'list'] as const;
type Operation = (typeof operations)[number];

function specWith(faults: object = {}, version = 1): TenantComputeSpec {
  const containers = [aContainer({ image: `app:${version}` })];
  return aSpec({ provider_type: 'memory', containers, provider_config: { faults: faults as Record<string, string> } });
}

/** Runs one operation with a fault in the provider's defaults. All but provision find an existing tenant. */
async function run(operation: Operation, fault: unknown, call?: ProviderCall, backend = createMemoryBackend()) {
  const honest = createMemoryProvider({ name: 'memory', backend });
  const spec = aSpec({ provider_type: 'memory' });
  if (operation !== 'provision') await honest.provision(spec);
  return callOf(createMemoryProvider({ name: 'memory', backend, defaults: { faults: { [operation]: fault } } }), call)[
    operation
  ](spec);
}

function callOf(
  provider: Provider,
  call?: ProviderCall,
): Record<Operation, (of: TenantComputeSpec) => Promise<unknown>> {
  return {
    provision: (spec) => provider.provision(spec, call),
    update: (spec) => provider.update(spec.tenant_id, { ...spec, resources: { cpu: 512, memory: 512 } }, call),
    destroy: (spec) => provider.destroy(spec.tenant_id, call),
    status: (spec) => provider.getStatus(spec.tenant_id, call),
    validate: (spec) => provider.validate(spec, call),
    list: () => Array.fromAsync(provider.list(call)),
  };
}

const thrown = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('no error was thrown'),
    (error: unknown) => error,
  );

const isThere = (backend: MemoryBackend) => backend.records.get('memory/acme') !== undefined;

describe.each(operations)('a fault of %s', (operation) => {
  test('throttled throws a ThrottledError that names the pause', async () => {
    const error = await thrown(run(operation, { kind: 'throttled', retry_after_ms: 1500 }));
    expect(error).toBeInstanceOf(ThrottledError);
    const message = expect.stringContaining('retry after 1500 ms');
    expect(error).toMatchObject({ message, retryAfterMs: 1500, retryable: true });
  });

  test('error throws a retryable ProviderFailedError', async () => {
    const error = await thrown(run(operation, 'error'));
    expect(error).toBeInstanceOf(ProviderFailedError);
    expect(error).toMatchObject({ retryable: true });
  });

  test('throw_string throws a string, and throw_plain a plain Error', async () => {
    expect(await thrown(run(operation, 'throw_string'))).toEqual(expect.any(String));
    expect(await thrown(run(operation, 'throw_plain'))).toMatchObject({ name: 'Error' });
  });

  test('hang rejects with the reason of the signal', async () => {
    const abort = new AbortController();
    const call = run(operation, 'hang', { signal: abort.signal });
    const reason = new Error('the caller left');
    await setImmediate();
    abort.abort(reason);
    expect(await thrown(call)).toBe(reason);
  });

  test('hang_deaf ignores the signal', async () => {
    const abort = new AbortController();
    const ended = vi.fn();
    run(operation, 'hang_deaf', { signal: abort.signal }).then(ended, ended);
    await setImmediate();
    abort.abort(new Error('the caller left'));
    await setImmediate();
    expect(ended).not.toHaveBeenCalled();
  });

  test('is injected as often as configured, over all instances', async () => {
    const backend = createMemoryBackend();
    const attempt = () => run(operation, { kind: 'error', times: 2 }, {}, backend);
    expect(await thrown(attempt())).toBeInstanceOf(ProviderFailedError);
    expect(await thrown(attempt())).toBeInstanceOf(ProviderFailedError);
    await attempt();
  });

  test('is logged with the operation and the kind', async () => {
    const logger = createCapturedLogger();
    await thrown(run(operation, 'error', { logger }));
    expect(logger.entries).toEqual([
      { level: 'debug', message: 'injecting fault', fields: expect.objectContaining({ operation, kind: 'error' }) },
    ]);
  });
});

test.each([
  ['provision', ProvisionFailedError],
  ['update', UpdateFailedError],
  ['destroy', DestroyFailedError],
] as const)('failed makes %s fail with its own error, without effect', async (operation, Class) => {
  const backend = createMemoryBackend();
  expect(await thrown(run(operation, 'failed', {}, backend))).toBeInstanceOf(Class);
  expect(isThere(backend)).toBe(operation !== 'provision');
});

test.each(['provision', 'update', 'destroy'] as const)(
  'timeout_after_effect lets %s take effect first',
  async (operation) => {
    const backend = createMemoryBackend();
    expect(await thrown(run(operation, 'timeout_after_effect', {}, backend))).toBeInstanceOf(TimeoutError);
    expect(isThere(backend)).toBe(operation !== 'destroy');
    if (operation === 'update') expect(backend.records.get('memory/acme')?.rollout?.spec.resources.cpu).toBe(512);
  },
);

test('garbage is an answer that no schema accepts', async () => {
  for (const operation of ['provision', 'update', 'status', 'validate'] as const) {
    expect(await run(operation, 'garbage')).toMatchObject({ tenant_id: 42, warnings: 'many' });
  }
  expect(await run('list', 'garbage')).toContainEqual(expect.objectContaining({ tenant_id: 42 }));
});

test('invisible hides an existing tenant from as many reads as configured', async () => {
  const provider = createMemoryProvider({ name: 'memory' });
  const spec = specWith({ provision: { kind: 'invisible', times: 2 } });
  await provider.provision(spec);
  await expect(provider.getStatus('acme')).rejects.toThrow(TenantNotFoundError);
  expect((await provider.provision(spec)).status).toBe('success');
  await expect(provider.getStatus('acme')).rejects.toThrow(TenantNotFoundError);
  expect((await provider.getStatus('acme')).state).toBe('running');
});

test('an unhealthy rollout fails a new tenant, and leaves the old version of an updated one running', async () => {
  let clock = 0;
  const provider = createMemoryProvider({ name: 'memory', defaults: { in_progress_ms: 100 }, now: () => clock });
  const broken = specWith({ rollout: 'unhealthy' }, 2);
  expect((await provider.provision(broken)).status).toBe('in_progress');
  expect((await provider.getStatus('acme')).state).toBe('starting');
  clock += 100;
  expect(await provider.getStatus('acme')).toMatchObject({ state: 'failed', health: 'unhealthy' });
  await provider.update('acme', specWith());
  clock += 100;
  const before = await provider.getStatus('acme');
  expect(before).toMatchObject({ state: 'running', health: 'healthy' });
  await provider.update('acme', broken);
  clock += 100;
  expect(await provider.getStatus('acme')).toMatchObject({
    state: 'running',
    metadata: { ...before.metadata, failed_spec_hash: expect.any(String), failure: expect.any(String) },
  });
});

test('a failed tenant starts with the same specification once the fault is used up', async () => {
  const provider = createMemoryProvider({ name: 'memory' });
  const spec = specWith({ rollout: { kind: 'unhealthy', times: 1 } });
  expect((await provider.provision(spec)).status).toBe('in_progress');
  expect((await provider.getStatus('acme')).state).toBe('failed');
  expect((await provider.provision(spec)).status).toBe('success');
});

test('faults of destroy and status come from the accepted specification, and count again after a destroy', async () => {
  const provider = createMemoryProvider({ name: 'memory' });
  const spec = specWith({ destroy: { kind: 'failed', times: 1 }, status: { kind: 'error', times: 1 } });
  for (const _life of [1, 2]) {
    await provider.provision(spec);
    await expect(provider.getStatus('acme')).rejects.toThrow(ProviderFailedError);
    expect((await provider.getStatus('acme')).state).toBe('running');
    await expect(provider.destroy('acme')).rejects.toThrow(DestroyFailedError);
    await provider.destroy('acme');
    await expect(provider.getStatus('acme')).rejects.toThrow(TenantNotFoundError);
  }
});

test('a fault that an operation does not support is refused', async () => {
  const provider = createMemoryProvider({ name: 'memory' });
  const refusal = await thrown(provider.validate(specWith({ list: 'hang', rollout: 'failed', status: { kind: 'x' } })));
  expect(refusal).toBeInstanceOf(InvalidSpecError);
  const pointers = (refusal as InvalidSpecError).issues.map(({ pointer }) => pointer).toSorted();
  expect(pointers).toEqual([
    '/provider_config/faults/list',
    '/provider_config/faults/rollout',
    '/provider_config/faults/status',
  ]);
});
