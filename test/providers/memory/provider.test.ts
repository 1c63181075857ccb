import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ComputeError, InvalidProviderError, InvalidSpecError } from '../../../src/compute/errors.ts';
import { createMemoryBackend } from '../../../src/providers/memory/backend.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

const spec = aSpec({ provider_type: 'memory' });

describe('the defaults', () => {
  test('are refused with every mistake', () => {
    const make = () => createMemoryProvider({ name: 'memory', defaults: { latency_ms: -1, latency: 1 } });
    expect(make).toThrow(InvalidProviderError);
    expect(make).toThrow(/\/latency_ms .*\/latency unknown field/);
  });

  test('apply unless the tenant sets another value', async () => {
    const provider = createMemoryProvider({ name: 'memory', defaults: { in_progress_ms: 60_000 } });
    expect((await provider.provision(spec)).status).toBe('in_progress');
    const other = { ...spec, tenant_id: 'globex', provider_config: { in_progress_ms: 0 } };
    expect((await provider.provision(other)).status).toBe('success');
  });

  test('alone may contain settings that affect more than one tenant', async () => {
    const provider = createMemoryProvider({ name: 'memory' });
    const refusal = provider.validate({ ...spec, provider_config: { persist: true } });
    await expect(refusal).rejects.toThrow(InvalidSpecError);
    await expect(refusal).rejects.toMatchObject({ issues: [{ pointer: '/provider_config/persist' }] });
  });
});

test('validate warns of fields that have no effect', async () => {
  const ports = [{ container_port: 8080, host_port: 80, protocol: 'tcp' as const }];
  const resources = { cpu: 128, memory: 128, storage: 10 };
  const secrets = [{ name: 'db', source: 'file', key: 'db', env_var: 'DB' }];
  const full = { ...spec, containers: [aContainer({ ports, resources })], networking: { public_ip: true }, secrets };
  expect(await createMemoryProvider({ name: 'memory' }).validate(full)).toEqual({
    warnings: [
      'networking.public_ip has no effect: nothing is connected to a network',
      'resources.storage has no effect: nothing runs',
      'resources of container web have no effect: nothing runs',
      'host_port of container web is only shown in the endpoint: no port is opened',
      'secrets have no effect: nothing runs that could read them',
    ],
  });
});

describe('latency', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is how long every call takes, and its effect comes after it', async () => {
    const provider = createMemoryProvider({ name: 'memory', defaults: { latency_ms: 200 } });
    const ended = vi.fn();
    const call = provider.provision(spec).then(ended);
    await vi.advanceTimersByTimeAsync(199);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await call;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends with an aborted signal, without effect', async () => {
    const backend = createMemoryBackend();
    const provider = createMemoryProvider({ name: 'memory', backend, defaults: { latency_ms: 200 } });
    const abort = new AbortController();
    const call = provider.provision(spec, { signal: abort.signal });
    abort.abort(new Error('the caller left'));
    await expect(call).rejects.toThrow('the caller left');
    expect(vi.getTimerCount()).toBe(0);
    expect([...backend.records.keys()]).toEqual([]);
  });
});

describe('endpoints', () => {
  test('are well-formed addresses that never resolve', async () => {
    const ports = [
      { container_port: 8080, protocol: 'tcp' as const, name: 'http' },
      { container_port: 53, host_port: 5353, protocol: 'udp' as const },
    ];
    const provider = createMemoryProvider({ name: 'memory' });
    const { endpoints } = await provider.provision({ ...spec, containers: [aContainer({ ports })] });
    expect(endpoints).toEqual([
      { type: 'http', address: 'acme.memory.invalid', port: 8080, url: 'http://acme.memory.invalid:8080' },
      { type: 'udp', address: 'acme.memory.invalid', port: 5353 },
    ]);
  });
});

describe('with persist', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'berth-memory-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const open = () => createMemoryProvider({ name: 'memory', dataDir, defaults: { persist: true } });
  const records = () => join(dataDir, 'memory', 'records');

  test('a later process finds the tenants and the counts of faults', async () => {
    const faults = { status: { kind: 'error', times: 1 } };
    await open().provision({ ...spec, provider_config: { faults } });
    await expect(open().getStatus('acme')).rejects.toThrow('compute provider failed');
    expect((await open().getStatus('acme')).state).toBe('running');
    await open().destroy('acme');
    expect(readdirSync(records())).toEqual([]);
    expect(readdirSync(join(dataDir, 'memory', 'counters'))).toEqual([]);
  });

  test('only the owner can read its files, and an unfinished one is no tenant', async () => {
    await open().provision(spec);
    const [file = ''] = readdirSync(records());
    expect(statSync(join(records(), file)).mode & 0o777).toBe(0o600);
    writeFileSync(join(records(), 'memory%2Fglobex.json.new'), '{"labels":');
    expect(await Array.fromAsync(open().list())).toEqual([expect.objectContaining({ tenant_id: 'acme' })]);
  });

  test('an invalid file is an error that names the tenant and tells what to do', async () => {
    await open().provision(spec);
    writeFileSync(join(records(), 'memory%2Facme.json'), '{"labels":');
    const call = open().getStatus('acme');
    await expect(call).rejects.toThrow('the file of memory/acme cannot be read; remove it');
    await expect(call).rejects.not.toThrow(dataDir);
  });

  test('a missing data directory is refused', () => {
    const make = () => createMemoryProvider({ name: 'memory', defaults: { persist: true } });
    expect(make).toThrow(InvalidProviderError);
  });
});

test('after any sequence of calls, faults and pauses, destroying every tenant leaves an empty backend', async () => {
  const tenant = fc.constantFrom('a', 'b', 'c');
  const version = fc.integer({ min: 1, max: 3 });
  const fault = fc.constantFrom(
    {},
    { rollout: 'unhealthy' },
    { provision: 'timeout_after_effect' },
    { update: 'failed' },
  );
  const step = fc.record({
    operation: fc.constantFrom('provision', 'update', 'destroy', 'getStatus'),
    tenant,
    version,
    fault,
    pause: fc.integer({ min: 0, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      let clock = 0;
      const backend = createMemoryBackend();
      const fresh = () =>
        createMemoryProvider({ name: 'memory', backend, defaults: { in_progress_ms: 10 }, now: () => clock });
      for (const { operation, tenant: tenant_id, version: at, fault: faults, pause } of steps) {
        clock += pause;
        const containers = [aContainer({ image: `app:${at}` })];
        const one = { ...spec, tenant_id, containers, provider_config: { faults } };
        const call = {
          provision: () => fresh().provision(one),
          update: () => fresh().update(tenant_id, one),
          destroy: () => fresh().destroy(tenant_id),
          getStatus: () => fresh().getStatus(tenant_id),
        }[operation];
        const error = await call?.().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(ComputeError);
      }
      for await (const { tenant_id } of fresh().list()) await fresh().destroy(tenant_id);
      expect([...backend.records.keys()]).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
