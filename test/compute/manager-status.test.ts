import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TenantNotFoundError } from '../../src/compute/errors.ts';
import { silentLogger } from '../../src/compute/logger.ts';
import { Manager, type ManagerOptions } from '../../src/compute/manager.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
import { createCountingProvider } from '../support/counting-provider.ts';
import { aSpec } from '../support/specs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const providerName = 'counting';

function setUp(answers: Partial<Provider> = {}, options?: ManagerOptions) {
  const registry = new Registry();
  const provider = createCountingProvider(providerName, answers);
  registry.register(provider);
  registry.register(createCountingProvider('other'));
  const manager = new Manager(registry, silentLogger, undefined, options);
  const asked = () => provider.calls.filter(({ method }) => method === 'getStatus').length;
  return { manager, asked };
}

describe('concurrent calls', () => {
  test('for one tenant share one call of the provider', async () => {
    const { manager, asked } = setUp();
    const answers = await Promise.all(Array.from({ length: 100 }, () => manager.getTenantStatus('acme', providerName)));
    expect(asked()).toBe(1);
    expect(new Set(answers.map((answer) => answer.state))).toEqual(new Set(['running']));
  });

  test('for different tenants, or of different providers, share nothing', async () => {
    const { manager, asked } = setUp();
    const answers = await Promise.all([
      manager.getTenantStatus('acme', providerName),
      manager.getTenantStatus('acme-2', providerName),
      manager.getTenantStatus('acme', 'other'),
    ]);
    expect(asked()).toBe(2);
    expect(answers.map((answer) => [answer.tenant_id, answer.provider_type])).toEqual([
      ['acme', 'counting'],
      ['acme-2', 'counting'],
      ['acme', 'other'],
    ]);
  });

  test('share a failure as the same object', async () => {
    const missing = new TenantNotFoundError('acme');
    const { manager, asked } = setUp({ getStatus: () => Promise.reject(missing) });
    const outcomes = await Promise.allSettled([
      manager.getTenantStatus('acme', providerName),
      manager.getTenantStatus('acme', providerName),
    ]);
    for (const outcome of outcomes) expect((outcome as PromiseRejectedResult).reason).toBe(missing);
    expect(asked()).toBe(1);
  });

  test('go on for the other callers when one aborts', async () => {
    const gate = Promise.withResolvers<void>();
    const fallback = createCountingProvider(providerName);
    const { manager, asked } = setUp({ getStatus: (id) => gate.promise.then(() => fallback.getStatus(id)) });
    const leaver = new AbortController();
    const left = manager.getTenantStatus('acme', providerName, { signal: leaver.signal });
    const stayed = manager.getTenantStatus('acme', providerName, { signal: new AbortController().signal });
    leaver.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    gate.resolve();
    expect(await stayed).toMatchObject({ state: 'running' });
    expect(asked()).toBe(1);
  });
});

describe('the status cache', () => {
  test('is off by default: every call reaches the provider', async () => {
    const { manager, asked } = setUp();
    await manager.getTenantStatus('acme', providerName);
    await manager.getTenantStatus('acme', providerName, { maxAge: 60_000 });
    expect(asked()).toBe(2);
  });

  test('returns a status until it expires', async () => {
    const { manager, asked } = setUp({}, { statusMaxAge: 1000 });
    await manager.getTenantStatus('acme', providerName);
    vi.advanceTimersByTime(999);
    await manager.getTenantStatus('acme', providerName);
    expect(asked()).toBe(1);
    vi.advanceTimersByTime(1);
    await manager.getTenantStatus('acme', providerName);
    expect(asked()).toBe(2);
  });

  test('is bypassed by a caller with maxAge 0', async () => {
    const { manager, asked } = setUp({}, { statusMaxAge: 1000 });
    await manager.getTenantStatus('acme', providerName);
    await manager.getTenantStatus('acme', providerName, { maxAge: 0 });
    expect(asked()).toBe(2);
  });

  test('keeps no failures', async () => {
    let failures = 1;
    const fallback = createCountingProvider(providerName);
    const { manager } = setUp(
      { getStatus: async (id) => (failures-- > 0 ? Promise.reject(new Error('broke')) : fallback.getStatus(id)) },
      { statusMaxAge: 1000 },
    );
    await expect(manager.getTenantStatus('acme', providerName)).rejects.toThrow('broke');
    expect(await manager.getTenantStatus('acme', providerName)).toMatchObject({ state: 'running' });
  });

  test.each([
    ['provision', (manager: Manager) => manager.provisionTenant(aSpec())],
    ['update', (manager: Manager) => manager.updateTenant('acme', aSpec())],
    ['destroy', (manager: Manager) => manager.destroyTenant('acme', providerName)],
  ] as const)('is dropped by a %s, also by a failed one', async (operation, mutate) => {
    for (const answers of [{}, { [operation]: () => Promise.reject(new Error('broke')) }]) {
      const { manager, asked } = setUp(answers, { statusMaxAge: 1000 });
      await manager.getTenantStatus('acme', providerName);
      await mutate(manager).catch(() => undefined);
      await manager.getTenantStatus('acme', providerName);
      expect(asked()).toBe(2);
    }
  });

  test('never keeps a status whose call began before a change and ended after it', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let index = 0;
    const fallback = createCountingProvider(providerName);
    const { manager, asked } = setUp(
      { getStatus: (id) => (gates[index++]?.promise ?? Promise.resolve()).then(() => fallback.getStatus(id)) },
      { statusMaxAge: 1000 },
    );
    const before = manager.getTenantStatus('acme', providerName);
    await manager.destroyTenant('acme', providerName);
    const after = manager.getTenantStatus('acme', providerName);
    expect(asked()).toBe(2);
    for (const gate of gates) gate.resolve();
    await Promise.all([before, after]);
    await manager.getTenantStatus('acme', providerName);
    expect(asked()).toBe(2);
  });
});
