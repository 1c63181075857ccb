import { expect, test } from 'vitest';
import { handler as getTenantStatus } from '../../../functions/get-tenant-status.ts';
import { handler as provisionTenant } from '../../../functions/provision-tenant.ts';
import { readConfig } from '../../../functions/runtime/setup/config.ts';
import { createServices } from '../../../functions/runtime/setup/services.ts';
import { createLogger } from '../../../functions/runtime/telemetry/logger.ts';
import { invoke, memorySpec, useServices } from '../invoke.ts';

test('a request leaves one line of its own, with what it was, how it ended and how long it took', async () => {
  const { lines } = await useServices();
  await invoke(provisionTenant, { body: memorySpec(), requestId: 'request-9' });
  expect(lines.filter((line) => line.message === 'request completed')).toEqual([
    expect.objectContaining({
      level: 'INFO',
      component: 'http',
      service: 'berth',
      operation: 'provision-tenant',
      request_id: 'request-9',
      function_request_id: 'lambda-request-9',
      function_name: 'berth-test',
      status: 201,
      duration: expect.any(Number),
    }),
  ]);
});

test('every line of a request carries its id, and none the id of another, also when requests overlap', async () => {
  const { lines } = await useServices({ memory: { type: 'memory', latency_ms: 5 } });
  lines.length = 0;
  const ids = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
  await Promise.all(ids.map((id) => invoke(provisionTenant, { body: memorySpec({ tenant_id: id }), requestId: id })));
  const logs = lines.filter((line) => line.tenant_id !== undefined);
  expect(logs).toHaveLength(30);
  for (const line of logs) expect(line.request_id).toBe(line.tenant_id);
});

test('lines and records carry the name of the installation', async () => {
  const lines: string[] = [];
  const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}', BERTH_INSTALLATION: 'Berth-eu' }, {});
  const { logger, metrics } = await createServices(config, { write: (line) => lines.push(line) });
  logger.info('constant');
  metrics.recordSweep(0);
  expect(lines.map((line) => JSON.parse(line).service)).toEqual(lines.map(() => 'Berth-eu'));
  expect(lines).toHaveLength(3);
});

test('a line outside of any request carries no id', async () => {
  const { logger, lines } = await useServices();
  await invoke(provisionTenant, { body: memorySpec() });
  logger.info('supervising');
  expect(lines.at(-1)).not.toHaveProperty('request_id');
  expect(lines.at(-1)).not.toHaveProperty('operation');
});

test('each operation is one metric record: count and duration by operation, provider and outcome', async () => {
  const { lines } = await useServices();
  await invoke(provisionTenant, { body: memorySpec() });
  const broken = memorySpec({ tenant_id: 'broken', provider_config: { faults: { provision: 'failed' } } });
  await invoke(provisionTenant, { body: broken });
  await invoke(getTenantStatus, { path: { tenant_id: 'acme' } });
  const metrics = lines.filter((line) => '_aws' in line);
  expect(metrics.map(({ operation, provider, outcome }) => [operation, provider, outcome])).toEqual([
    ['validate', 'memory', 'success'],
    ['provision', 'memory', 'success'],
    ['validate', 'memory', 'success'],
    ['provision', 'memory', 'failed'],
    ['status', 'memory', 'success'],
  ]);
  expect(metrics[0]).toMatchObject({
    Operations: 1,
    OperationDuration: expect.any(Number),
    _aws: {
      CloudWatchMetrics: [
        {
          Namespace: 'Berth',
          Dimensions: [['service', 'operation', 'provider', 'outcome']],
          Metrics: [
            { Name: 'Operations', Unit: 'Count' },
            { Name: 'OperationDuration', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
  });
});

test('a request without metrics leaves no warning', async () => {
  const { lines } = await useServices();
  await invoke(getTenantStatus, { path: { tenant_id: 'No' } });
  expect(lines.map((line) => line.level)).not.toContain('WARN');
});

test('an unexpected error is logged with its stack, and answered without it', async () => {
  const { lines } = await useServices();
  const body = memorySpec({ provider_config: { faults: { provision: 'throw_plain' } } });
  const answer = await invoke(provisionTenant, { body });
  expect(answer.status).toBe(500);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'ERROR', message: 'unexpected error', stack: expect.stringContaining('at ') }),
  );
  expect(JSON.stringify(answer)).not.toMatch(/ENOENT|\.ts|\bat /);
});

test('a field named message is kept as detail, without a warning', () => {
  const lines: Record<string, unknown>[] = [];
  createLogger({ write: (line) => lines.push(JSON.parse(line)) }).info('constant', { message: 'variable' });
  expect(lines).toEqual([expect.objectContaining({ message: 'constant', detail: 'variable' })]);
});

test('line ends and control characters stay within their line', () => {
  const lines: string[] = [];
  createLogger({ write: (line) => lines.push(line) }).info('constant', {
    tenant_id: 'a\r\n{"level":"ERROR"}\u001b[31m',
  });
  expect(lines).toHaveLength(1);
  expect([...(lines[0] ?? '')].filter((character) => character < ' ')).toEqual([]);
});

test('the level keeps lines back', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'WARN', write: (line) => lines.push(line) });
  logger.debug('no');
  logger.info('no');
  logger.warn('yes');
  logger.error('yes');
  expect(lines).toHaveLength(2);
});

test('no env value, no secret and nothing of the event is logged', async () => {
  const { lines } = await useServices();
  const container = { name: 'web', image: 'busybox', env: { TOKEN: 'canary-env' }, command: ['canary-command'] };
  const body = memorySpec({ containers: [container], labels: { note: 'canary-label' } });
  await invoke(provisionTenant, { body, headers: { authorization: 'canary-header' } });
  await invoke(getTenantStatus, { path: { tenant_id: 'canary path' }, query: { 'canary-name': 'canary-value' } });
  expect(lines.length).toBeGreaterThan(3);
  expect(JSON.stringify(lines)).not.toContain('canary');
});
