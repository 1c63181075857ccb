import type { Context, ScheduledEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { handler } from '../../functions/on-sweep.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

/** An invocation that has so many milliseconds left when it begins. */
function context(remaining: number): Context {
  const end = performance.now() + remaining;
  return {
    functionName: 'berth-test',
    awsRequestId: 'lambda-1',
    getRemainingTimeInMillis: () => Math.floor(end - performance.now()),
  } as Context;
}

const event = { id: 'event-1' } as ScheduledEvent;

test('a sweep finishes what was left unfinished, and takes stock of every provider', async () => {
  const { tenants, lines } = await useServices();
  const faults = { provision: { kind: 'throttled', times: 1 } };
  expect(await invoke(provisionTenant, { body: memorySpec({ provider_config: { faults } }) })).toMatchObject({
    status: 202,
  });
  const report = await handler(event, context(7_500));
  expect(report).toMatchObject({ inventory: [{ provider: 'memory', orphans: [], healed: [] }] });
  expect(report.converged).toBeGreaterThan(0);
  expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
  expect(lines.at(-1)).toMatchObject({ message: 'schedule completed', operation: 'on-sweep', request_id: 'event-1' });
});

test('a sweep without time ends at once', async () => {
  await useServices();
  expect(await handler(event, context(1_000))).toMatchObject({ converged: 0 });
});
