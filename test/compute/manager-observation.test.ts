import { describe, expect, test } from 'vitest';
import { ProvisionFailedError, TenantNotFoundError } from '../../src/compute/errors.ts';
import type { OperationMetric } from '../../src/compute/logger.ts';
import { Manager } from '../../src/compute/manager.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
import { createCapturedLogger } from '../support/captured-logger.ts';
import { createCountingProvider } from '../support/counting-provider.ts';
import { aContainer, aSpec } from '../support/specs.ts';

const canary = 'canary-4711';

/** A manager of one provider, with its log entries and metrics. */
function observed(answers: Partial<Provider> = {}) {
  const registry = new Registry();
  registry.register(createCountingProvider('counting', answers));
  const logger = createCapturedLogger();
  const metrics: OperationMetric[] = [];
  const manager = new Manager(registry, logger, { recordOperation: (metric) => metrics.push(metric) });
  return { manager, logs: logger.entries, metrics };
}

const component = 'compute-manager';
const about = { component, tenant_id: 'acme', provider: 'counting' };
const fail = (thrown: unknown) => () => Promise.reject(thrown);

function answer(fields: object) {
  const common = { tenant_id: 'acme', provider_type: 'counting' };
  return async () => ({ ...common, ...fields }) as never;
}

const operations = [
  {
    operation: 'provision',
    run: (manager: Manager) => manager.provisionTenant(aSpec()),
    begin: 'provisioning tenant',
    end: 'provisioning completed',
    failed: 'provisioning failed',
    facts: { status: 'success' },
  },
  {
    operation: 'update',
    run: (manager: Manager) => manager.updateTenant('acme', aSpec()),
    begin: 'updating tenant',
    end: 'update completed',
    failed: 'update failed',
    facts: { status: 'success', changes: ['/resources/cpu'] },
  },
  {
    operation: 'destroy',
    run: (manager: Manager) => manager.destroyTenant('acme', 'counting'),
    begin: 'destroying tenant',
    end: 'tenant destroyed',
    failed: 'destroy failed',
    facts: { status: 'success' },
  },
] as const;

describe.each(operations)('$operation', ({ operation, run, begin, end, failed, facts }) => {
  test('logs its beginning and its end, and records one success', async () => {
    const { manager, logs, metrics } = observed();
    await run(manager);
    expect(logs).toEqual([
      { level: 'info', message: begin, fields: about },
      { level: 'info', message: end, fields: { ...about, ...facts } },
    ]);
    expect(metrics).toEqual([{ operation, provider: 'counting', outcome: 'success', duration: expect.any(Number) }]);
  });

  test.each([
    [
      'one of our errors',
      new ProvisionFailedError('no capacity'),
      'provisioning failed: no capacity',
      'provision_failed',
    ],
    ['any other error', new TypeError('x is not a function'), 'x is not a function', undefined],
    ['a text', canary, 'a thrown string', undefined],
    ['undefined', undefined, 'a thrown undefined', undefined],
  ])('logs and records its failure with %s', async (_case, thrown, error, code) => {
    const { manager, logs, metrics } = observed({ [operation]: fail(thrown) });
    await expect(run(manager)).rejects.toBe(thrown);
    expect(logs).toEqual([
      { level: 'info', message: begin, fields: about },
      { level: 'error', message: failed, fields: { ...about, status: 'failed', error, ...(code && { code }) } },
    ]);
    expect(metrics).toMatchObject([{ operation, provider: 'counting', outcome: 'failed' }]);
  });

  test('logs and records nothing if the specification or the provider is refused', async () => {
    const { manager, logs, metrics } = observed();
    const refused = [
      manager.provisionTenant(aSpec({ tenant_id: '' })),
      manager.updateTenant('other', aSpec()),
      manager.destroyTenant('acme', 'ghost'),
    ];
    for (const { status } of await Promise.allSettled(refused)) expect(status).toBe('rejected');
    expect([logs, metrics]).toEqual([[], []]);
  });
});

describe('an answer other than success', () => {
  test.each([
    ['provision', 'in_progress', 'info', 'provisioning completed'],
    ['update', 'in_progress', 'info', 'update completed'],
    ['update', 'no_changes', 'info', 'update completed'],
  ] as const)('%s with %s is logged with its status', async (operation, status, level, message) => {
    const { manager, logs, metrics } = observed({ [operation]: answer({ status, message: 'two of three are up' }) });
    await (operation === 'update' ? manager.updateTenant('acme', aSpec()) : manager.provisionTenant(aSpec()));
    expect(logs[1]).toMatchObject({ level, message, fields: { ...about, status, detail: 'two of three are up' } });
    expect(metrics).toMatchObject([{ operation, outcome: status }]);
  });

  test.each([
    ['provision', 'provisioning failed'],
    ['update', 'update failed'],
  ] as const)('a failed %s is logged as an error, and returned', async (operation, message) => {
    const { manager, logs, metrics } = observed({ [operation]: answer({ status: 'failed', message: 'no capacity' }) });
    const result = await (operation === 'update'
      ? manager.updateTenant('acme', aSpec())
      : manager.provisionTenant(aSpec()));
    expect(result.status).toBe('failed');
    expect(logs[1]).toMatchObject({ level: 'error', message, fields: { status: 'failed', error: 'no capacity' } });
    expect(metrics).toMatchObject([{ operation, outcome: 'failed' }]);
  });

  test('a malformed answer is logged as a failure', async () => {
    const { manager, logs, metrics } = observed({ provision: answer({ status: canary }) });
    await expect(manager.provisionTenant(aSpec())).rejects.toThrow();
    expect(logs[1]).toMatchObject({ level: 'error', fields: { code: 'provider_failed' } });
    expect(metrics).toMatchObject([{ outcome: 'failed' }]);
    expect(JSON.stringify([logs, metrics])).not.toContain(canary);
  });

  test('a destroy of nothing is logged as a success, with the detail', async () => {
    const { manager, logs, metrics } = observed({ destroy: fail(new TenantNotFoundError('acme')) });
    await manager.destroyTenant('acme', 'counting');
    expect(logs[1]).toEqual({
      level: 'info',
      message: 'tenant destroyed',
      fields: { ...about, status: 'success', detail: 'nothing was there' },
    });
    expect(metrics).toMatchObject([{ operation: 'destroy', outcome: 'success' }]);
  });
});

describe('status and validate', () => {
  test('are recorded but not logged', async () => {
    const { manager, logs, metrics } = observed();
    await manager.getTenantStatus('acme', 'counting');
    await manager.validateTenantSpec(aSpec());
    expect(logs).toEqual([]);
    expect(metrics).toMatchObject([
      { operation: 'status', provider: 'counting', outcome: 'success' },
      { operation: 'validate', provider: 'counting', outcome: 'success' },
    ]);
  });

  test('record their failures', async () => {
    const thrown = new Error('broke');
    const { manager, metrics } = observed({ getStatus: fail(thrown), validate: fail(thrown) });
    await expect(manager.getTenantStatus('acme', 'counting')).rejects.toBe(thrown);
    await expect(manager.validateTenantSpec(aSpec())).rejects.toBe(thrown);
    expect(metrics).toMatchObject([
      { operation: 'status', outcome: 'failed' },
      { operation: 'validate', outcome: 'failed' },
    ]);
  });

  test('the status of an unknown field is not the outcome', async () => {
    const { manager, metrics } = observed({ validate: answer({ warnings: [], status: 'made up' }) });
    await manager.validateTenantSpec(aSpec());
    expect(metrics).toMatchObject([{ outcome: 'success' }]);
  });
});

test('durations are in milliseconds', async () => {
  const provision = async () => {
    const begun = performance.now();
    while (performance.now() - begun < 5) await new Promise(setImmediate);
    return answer({ status: 'success' })();
  };
  const { manager, metrics } = observed({ provision });
  const begun = performance.now();
  await manager.provisionTenant(aSpec());
  expect(metrics[0]?.duration).toBeGreaterThanOrEqual(5);
  expect(metrics[0]?.duration).toBeLessThanOrEqual(performance.now() - begun);
});

test('no env value, argument, secret or setting reaches a log or a metric', async () => {
  const spec = aSpec({
    containers: [aContainer({ env: { PASSWORD: canary }, command: [canary], args: [canary] })],
    secrets: [{ name: 'database', source: 'file', key: canary, env_var: 'DATABASE_URL' }],
    provider_config: { token: canary },
  });
  for (const answers of [{}, { provision: fail(canary), update: fail({ canary }), destroy: fail([canary]) }]) {
    const { manager, logs, metrics } = observed(answers);
    await Promise.allSettled([
      manager.provisionTenant(spec),
      manager.updateTenant('acme', spec),
      manager.validateTenantSpec(spec),
      manager.getTenantStatus('acme', 'counting'),
      manager.destroyTenant('acme', 'counting'),
    ]);
    expect(logs).toHaveLength(6);
    expect(JSON.stringify([logs, metrics])).not.toContain(canary);
  }
});

test('metrics are optional', async () => {
  const registry = new Registry();
  registry.register(createCountingProvider());
  const manager = new Manager(registry, createCapturedLogger());
  expect(await manager.provisionTenant(aSpec())).toMatchObject({ status: 'success' });
});
