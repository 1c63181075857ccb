import { expect, test } from 'vitest';
import { provisionByEvent } from '../../../../infra/local/demo/demo-events.ts';
import {
  destroy,
  exists,
  fetchPage,
  provision,
  untilEnded,
  untilHealthy,
} from '../../../../infra/local/demo/demo-tenants.ts';
import { createClient, type TenantComputeSpec } from '../../../../src/client/index.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { startTestServer } from '../fixture.ts';

async function startDemo() {
  const { url } = await startTestServer();
  const printed: string[] = [];
  const demo = {
    client: createClient({ endpoint: url }),
    signal: new AbortController().signal,
    print: (text: string) => void printed.push(text.trim()),
  };
  return { demo, printed };
}

const specOf = (fields: object) => memorySpec({ ...fields }) as TenantComputeSpec;

test('prints each change until the tenant is healthy, once', async () => {
  const { demo, printed } = await startDemo();
  const spec = specOf({ provider_config: { in_progress_ms: 1500 } });
  expect(await exists(spec, demo)).toBe(false);
  const operationId = await provision(spec, demo);
  expect(await untilHealthy(spec, demo)).toMatchObject({ state: 'running' });
  await untilEnded(operationId, demo);
  await provision(spec, demo);
  await destroy(spec, demo);
  expect(await exists(spec, demo)).toBe(false);
  expect(printed).toEqual([
    'acme: provisioning on memory',
    'acme: starting, unknown (0 of 1 containers ready)',
    'acme: running, healthy (1 of 1 containers ready)',
    'acme: already provisioned on memory',
    'acme: destroyed',
  ]);
});

test('requests a tenant by event, and receives the outcome from the announcement', async () => {
  const { demo, printed } = await startDemo();
  const operationId = await provisionByEvent(specOf({}), demo);
  expect(await untilHealthy(specOf({}), demo)).toMatchObject({ state: 'running' });
  await untilEnded(operationId, demo);
  expect(printed).toEqual([
    expect.stringMatching(/^acme: requested by event [0-9a-f-]{36}$/),
    'acme: "Tenant Provisioned" was announced',
    'acme: running, healthy (1 of 1 containers ready)',
  ]);
  const other = specOf({ labels: { tier: 'gold' } });
  await expect(provisionByEvent(other, demo)).rejects.toThrow(/^tenant already exists: .*\nUpdate the tenant/);
});

test('prints why a tenant failed', async () => {
  const { demo } = await startDemo();
  const broken = specOf({ provider_config: { faults: { rollout: 'unhealthy' } } });
  await provision(broken, demo);
  await expect(untilHealthy(broken, demo)).rejects.toThrow(/^acme failed: the new version did not get healthy/);
});

test('a failed request throws the detail and what to do next', async () => {
  const { demo } = await startDemo();
  const refused = provision(specOf({ provider_config: { faults: { provision: 'failed' } } }), demo);
  await expect(refused).rejects.toMatchObject({
    message: expect.stringMatching(/^provisioning failed: /),
    hint: expect.stringMatching(/^No version has served yet/),
  });
});

test('prints the reason of a retry at once, because the user may have to correct it', async () => {
  const { demo, printed } = await startDemo();
  const spec = specOf({ provider_config: { faults: { provision: { kind: 'error', times: 1 } } } });
  await provision(spec, demo);
  expect(printed[0]).toBe('acme: provisioning on memory');
  expect(printed[1]).toMatch(/^acme: compute provider failed: .*; trying again at /);
});

test('names a tenant that cannot be reached', async () => {
  const { demo } = await startDemo();
  const ports = [{ container_port: 80, name: 'http' }];
  const spec = specOf({ containers: [{ name: 'web', image: 'busybox', ports }] });
  await provision(spec, demo);
  await expect(fetchPage(await untilHealthy(spec, demo), demo)).rejects.toThrow('acme cannot be reached at http://');
});
