import type { Context, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { handler as getTenantStatus } from '../../../functions/get-tenant-status.ts';
import { handler as provisionTenant } from '../../../functions/provision-tenant.ts';
import { changeStream } from '../../../functions/runtime/events/change-stream.ts';
import { queue } from '../../../functions/runtime/events/queue.ts';
import { schedule } from '../../../functions/runtime/events/schedule.ts';
import { readConfig } from '../../../functions/runtime/setup/config.ts';
import { createServices } from '../../../functions/runtime/setup/services.ts';
import { deliver, lambdaContext } from '../deliver.ts';
import { invoke, memorySpec, useServices } from '../invoke.ts';

describe('a request', () => {
  test('has one line of its own: operation, status and duration', async () => {
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

  test('has its id in each of its lines, even if requests overlap', async () => {
    const { lines } = await useServices({ memory: { type: 'memory', latency_ms: 5 } });
    lines.length = 0;
    const ids = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
    await Promise.all(ids.map((id) => invoke(provisionTenant, { body: memorySpec({ tenant_id: id }), requestId: id })));
    const logs = lines.filter((line) => line.tenant_id !== undefined);
    expect(logs).toHaveLength(30);
    for (const line of logs) expect(line.request_id).toBe(line.tenant_id);
  });

  test('leaves no field to the lines after it', async () => {
    const { logger, lines } = await useServices();
    await invoke(provisionTenant, { body: memorySpec() });
    logger.info('supervising');
    expect(lines.at(-1)).not.toHaveProperty('request_id');
    expect(lines.at(-1)).not.toHaveProperty('operation');
  });

  test('without metrics causes no warning', async () => {
    const { lines } = await useServices();
    await invoke(getTenantStatus, { path: { tenant_id: 'No' } });
    expect(lines.map((line) => line.level)).not.toContain('WARN');
  });

  test('that is refused names the code of its problem', async () => {
    const { lines } = await useServices();
    await invoke(getTenantStatus, { path: { tenant_id: 'No' } });
    expect(lines.at(-1)).toMatchObject({ message: 'request completed', status: 422, code: 'invalid_request' });
    expect(lines.map((line) => line.level)).not.toContain('ERROR');
  });

  test('that fails unexpectedly has the stack in its log and not in its answer', async () => {
    const { lines } = await useServices();
    const body = memorySpec({ provider_config: { faults: { provision: 'throw_plain' } } });
    const answer = await invoke(provisionTenant, { body });
    expect(answer.status).toBe(500);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'unexpected error', stack: expect.stringContaining('at ') }),
    );
    expect(JSON.stringify(answer)).not.toMatch(/ENOENT|\.ts|\bat /);
  });

  test('has no env value, no secret and no part of its event in the log', async () => {
    const { lines } = await useServices();
    const container = { name: 'web', image: 'busybox', env: { TOKEN: 'canary-env' }, command: ['canary-command'] };
    const body = memorySpec({ containers: [container], labels: { note: 'canary-label' } });
    await invoke(provisionTenant, { body, headers: { authorization: 'canary-header' } });
    await invoke(getTenantStatus, { path: { tenant_id: 'canary path' }, query: { 'canary-name': 'canary-value' } });
    expect(lines.length).toBeGreaterThan(3);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });
});

test('each call of a provider is one metric record', async () => {
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

describe('an invocation that is no request', () => {
  const uses = () => ({});
  const scheduledEvent = { id: 'event-1' } as ScheduledEvent;
  const batch: DynamoDBStreamEvent = { Records: [{ dynamodb: { SequenceNumber: '7' } }] };
  const fail = async (): Promise<never> => {
    throw new Error('no');
  };

  test('has one line of its own, and a message has one with its id', async () => {
    const { lines } = await useServices();
    const tick = await schedule({ name: 'tick', uses, run: async () => 'done' });
    const changes = await changeStream({ name: 'changes', uses, run: async (all) => all, order: fail });
    const messages = await queue({
      name: 'messages',
      uses,
      run: async ({ body }) => {
        if (body === 1) throw new Error('no');
      },
    });
    lines.length = 0;
    expect(await tick(scheduledEvent, lambdaContext())).toBe('done');
    expect(await changes(batch, lambdaContext())).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
    expect(await deliver(messages, [0, 1])).toEqual([1]);
    expect(lines.map(({ operation, request_id, message }) => [operation, request_id, message])).toEqual([
      ['tick', 'event-1', 'invocation completed'],
      ['changes', 'lambda-1', 'invocation completed'],
      ['messages', 'message-0', 'message completed'],
      ['messages', 'message-1', 'message put back'],
      ['messages', 'lambda-1', 'invocation completed'],
    ]);
    expect(lines.at(-1)).toMatchObject({ component: 'queue', failed: 1, duration: expect.any(Number) });
  });

  test('that fails is logged with its stack, and fails for Lambda too', async () => {
    const { lines } = await useServices();
    const tick = await schedule({ name: 'tick', uses, run: fail });
    const changes = await changeStream({ name: 'changes', uses, run: fail, order: fail });
    lines.length = 0;
    const calls: [name: string, call: (context: Context) => Promise<unknown>][] = [
      ['tick', (context) => tick(scheduledEvent, context)],
      ['changes', (context) => changes(batch, context)],
      ['changes', (context) => changes({ order: true }, context)],
    ];
    for (const [operation, call] of calls) {
      await expect(call(lambdaContext())).rejects.toThrow('no');
      const stack = expect.stringContaining('at ');
      expect(lines.at(-1)).toMatchObject({
        level: 'ERROR',
        message: 'invocation failed',
        operation,
        error: 'no',
        stack,
      });
    }
    expect(lines).toHaveLength(3);
  });
});

describe('while Lambda initializes a function', () => {
  const uses = () => ({});
  const define = (loads: () => Promise<unknown>) =>
    queue({ name: 'messages', uses, loads, run: async () => undefined });

  test('the code that it needs is loaded; elsewhere the first invocation loads it', async () => {
    await useServices();
    const loads = vi.fn(async () => undefined);
    await define(loads);
    expect(loads).not.toHaveBeenCalled();
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
    onTestFinished(() => void vi.unstubAllEnvs());
    await define(loads);
    expect(loads).toHaveBeenCalledTimes(1);
  });

  test('a failure is left to the first invocation', async () => {
    await useServices();
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
    onTestFinished(() => void vi.unstubAllEnvs());
    const handler = await define(() => Promise.reject(new Error('no')));
    expect(await deliver(handler, [0])).toEqual([]);
  });
});
