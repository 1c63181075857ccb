import { expect, test } from 'vitest';
import { handler } from '../../functions/on-provider-event.ts';
import type { BackendEvent, Provider } from '../../src/compute/provider.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { deliver, envelope } from './deliver.ts';
import { memorySpec, useServices } from './invoke.ts';

/** Services whose memory provider finds the tenant of an event in its first resource. */
async function setUp() {
  const table = createMemoryTable();
  const services = await useServices(undefined, { table });
  const provider: Provider = services.registry.get('memory');
  provider.tenantOf = ({ source, resources }: BackendEvent) => (source === 'aws.memory' ? resources[0] : undefined);
  return services;
}

function backendEvent(fields: Record<string, unknown> = {}) {
  return envelope({ source: 'aws.memory', 'detail-type': 'Deployment State Change', resources: ['acme'], ...fields });
}

function dispositions(lines: readonly Record<string, unknown>[]): unknown[] {
  return lines.filter(({ ProviderEvents }) => ProviderEvents === 1).map(({ disposition }) => disposition);
}

test('a tenant that waits for its provider is reconciled as soon as the backend reports an event', async () => {
  const { tenants, lines } = await setUp();
  await tenants.provision(memorySpec({ provider_config: { in_progress_ms: 1_000 } }), { actor: 'local' });
  expect(await tenants.get('acme')).toMatchObject({ phase: 'provisioning' });
  await expect
    .poll(async () => {
      expect(await deliver(handler, [backendEvent()])).toEqual([]);
      return (await tenants.get('acme')).phase;
    })
    .toBe('ready');
  expect(new Set(dispositions(lines))).toEqual(new Set(['reconciled']));
});

test('an event invalidates the cached status', async () => {
  const { tenants, manager } = await setUp();
  await tenants.provision(memorySpec(), { actor: 'local' });
  const known = await manager.getTenantStatus('acme', 'memory');
  expect(await manager.getTenantStatus('acme', 'memory')).toBe(known);
  await deliver(handler, [backendEvent()]);
  expect(await manager.getTenantStatus('acme', 'memory')).not.toBe(known);
});

test('events of other backends, unknown tenants and unknown types are counted and done', async () => {
  const { lines } = await setUp();
  const events = [
    backendEvent({ source: 'aws.ecs' }),
    backendEvent({ resources: ['unknown'] }),
    backendEvent({ resources: [] }),
  ];
  expect(await deliver(handler, events)).toEqual([]);
  expect(dispositions(lines)).toEqual(['foreign', 'foreign', 'foreign']);
});

test('a message that is no event comes again until it is a dead letter', async () => {
  await setUp();
  expect(await deliver(handler, ['{}', backendEvent()])).toEqual([0]);
});
