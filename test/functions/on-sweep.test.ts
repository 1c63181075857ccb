import { setImmediate } from 'node:timers/promises';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { handler } from '../../functions/on-sweep.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { METRICS } from '../../functions/runtime/telemetry/metric-names.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

/** Returns the context of an invocation that begins with this many milliseconds left. */
function context(remaining: number): Context {
  const end = performance.now() + remaining;
  return {
    functionName: 'berth-test',
    awsRequestId: 'lambda-1',
    getRemainingTimeInMillis: () => Math.floor(end - performance.now()),
  } as Context;
}

const event = { id: 'event-1' } as ScheduledEvent;

test('a sweep finishes unfinished work and takes the inventory of every provider', async () => {
  const { tenants, lines } = await useServices();
  const faults = { provision: { kind: 'throttled', times: 1 } };
  expect(await invoke(provisionTenant, { body: memorySpec({ provider_config: { faults } }) })).toMatchObject({
    status: 202,
  });
  const report = await handler(event, context(7_500));
  expect(report).toMatchObject({ inventory: [{ provider: 'memory', orphans: 0, healed: 0 }] });
  expect(report.reconciled).toBeGreaterThan(0);
  expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
  expect(lines.at(-1)).toMatchObject({ message: 'invocation completed', operation: 'on-sweep', request_id: 'event-1' });
});

test('a sweep ends as soon as no work is due within its minute', async () => {
  const { sweeper } = await useServices();
  const sweep = sweeper.sweep.bind(sweeper);
  let calls = 0;
  sweeper.sweep = (options) => {
    calls += 1;
    return sweep(options);
  };
  await invoke(provisionTenant, { body: memorySpec() });
  expect(await handler(event, context(60_000))).toMatchObject({ reconciled: 0 });
  expect(calls).toBe(1);
});

test('a sweep goes on while work is due within its minute', async () => {
  const { tenants } = await useServices();
  const body = memorySpec({ provider_config: { in_progress_ms: 2_000 } });
  expect(await invoke(provisionTenant, { body })).toMatchObject({ status: 202 });
  await handler(event, context(60_000));
  expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
});

test('a sweep leaves the work to one that began later', async () => {
  const { tenants } = await useServices();
  const body = memorySpec({ provider_config: { in_progress_ms: 3_000 } });
  expect(await invoke(provisionTenant, { body })).toMatchObject({ status: 202 });
  const ended: string[] = [];
  const earlier = handler(event, context(60_000)).then(() => ended.push('earlier'));
  await setImmediate();
  const later = handler(event, context(60_000)).then(() => ended.push('later'));
  await Promise.all([earlier, later]);
  expect(ended).toEqual(['earlier', 'later']);
  expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
});

test('a sweep without enough time ends at once', async () => {
  await useServices();
  expect(await handler(event, context(1_000))).toMatchObject({ reconciled: 0 });
});

test('the metrics have the inventory by provider, and count the sweep', async () => {
  const { lines } = await useServices();
  await invoke(provisionTenant, { body: memorySpec() });
  const faults = { provision: 'failed' };
  await invoke(provisionTenant, { body: memorySpec({ tenant_id: 'broken', provider_config: { faults } }) });
  await handler(event, context(1_000));
  const metrics = lines.filter((line) => METRICS.held in line || METRICS.sweeps in line);
  expect(metrics).toEqual([
    expect.objectContaining({
      provider: 'memory',
      HeldTenants: 1,
      FailedTenants: 1,
      OrphanedTenants: 0,
      HealedTenants: 0,
    }),
    expect.objectContaining({ service: 'berth', Sweeps: 1, SweptTenants: 0 }),
  ]);
  expect(metrics[1]).not.toHaveProperty('provider');
});

test('an unreachable provider fails the sweep only after all due work is done', async () => {
  const { inventory, lines } = await useServices({ memory: { type: 'memory' }, other: { type: 'memory' } });
  const walk = inventory.walk.bind(inventory);
  inventory.walk = (provider, options) => {
    if (provider === 'memory') throw new Error('the provider is unreachable');
    return walk(provider, options);
  };
  await expect(handler(event, context(7_500))).rejects.toThrow('inventory failed: the provider is unreachable');
  const metrics = lines.filter((line) => METRICS.held in line || METRICS.sweeps in line);
  expect(metrics).toEqual([
    expect.objectContaining({ provider: 'other' }),
    expect.objectContaining({ [METRICS.sweeps]: 1 }),
  ]);
});

test('a failing sweep fails the run at its end, and the next sweeps continue', async () => {
  const { sweeper, lines } = await useServices();
  const sweep = sweeper.sweep.bind(sweeper);
  let calls = 0;
  sweeper.sweep = (options) => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('the table is unreachable')) : sweep(options);
  };
  const unhandled: unknown[] = [];
  const record = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', record);
  onTestFinished(() => void process.off('unhandledRejection', record));
  await expect(handler(event, context(8_500))).rejects.toThrow('sweep failed: the table is unreachable');
  expect(calls).toBeGreaterThan(1);
  expect(unhandled).toEqual([]);
  expect(lines.filter((line) => METRICS.sweeps in line)).toHaveLength(1);
});
