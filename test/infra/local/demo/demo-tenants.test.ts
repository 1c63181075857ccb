import { expect, test } from 'vitest';
import { CommandError } from '../../../../infra/local/command-line.ts';
import { provisionByEvent } from '../../../../infra/local/demo/demo-events.ts';
import {
  destroy,
  exists,
  fetchPage,
  provision,
  untilEnded,
  untilHealthy,
} from '../../../../infra/local/demo/demo-tenants.ts';
import { validateComputeSpec } from '../../../../src/index.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { startTestServer } from '../fixture.ts';

async function startClient() {
  const { url } = await startTestServer();
  const printed: string[] = [];
  const client = { url, signal: new AbortController().signal, print: (text: string) => void printed.push(text.trim()) };
  return { client, printed };
}

const specOf = (fields: object) => validateComputeSpec(memorySpec({ ...fields }));

test('prints each change until the tenant is healthy, once', async () => {
  const { client, printed } = await startClient();
  const spec = specOf({ provider_config: { in_progress_ms: 1500 } });
  expect(await exists(spec, client)).toBe(false);
  const location = await provision(spec, client);
  expect(await untilHealthy(spec, client)).toMatchObject({ state: 'running' });
  await untilEnded(location, client);
  await provision(spec, client);
  await destroy(spec, client);
  expect(await exists(spec, client)).toBe(false);
  expect(printed).toEqual([
    'acme: provisioning on memory',
    'acme: starting, unknown (0 of 1 containers ready)',
    'acme: running, healthy (1 of 1 containers ready)',
    'acme: already provisioned on memory',
    'acme: destroyed',
  ]);
});

test('requests a tenant by event, and receives the outcome from the announcement', async () => {
  const { client, printed } = await startClient();
  const location = await provisionByEvent(specOf({}), client);
  expect(await untilHealthy(specOf({}), client)).toMatchObject({ state: 'running' });
  await untilEnded(location, client);
  expect(printed).toEqual([
    expect.stringMatching(/^acme: requested by event [0-9a-f-]{36}$/),
    'acme: "Tenant Provisioned" was announced',
    'acme: running, healthy (1 of 1 containers ready)',
  ]);
  const other = specOf({ labels: { tier: 'gold' } });
  await expect(provisionByEvent(other, client)).rejects.toThrow(/^tenant already exists: .*\nUpdate the tenant/);
});

test('prints why a tenant failed', async () => {
  const { client } = await startClient();
  const broken = specOf({ provider_config: { faults: { rollout: 'unhealthy' } } });
  await provision(broken, client);
  await expect(untilHealthy(broken, client)).rejects.toThrow(/^acme failed: the new version did not get healthy/);
});

test('prints the detail of an error and what to do next', async () => {
  const { client } = await startClient();
  const refused = provision(specOf({ provider_config: { faults: { provision: 'failed' } } }), client);
  await expect(refused).rejects.toThrow(CommandError);
  await expect(refused).rejects.toThrow(/returned 502: provisioning failed: .*\nRead the message/);
});

test('prints the reason of a retry at once, because the user may have to correct it', async () => {
  const { client, printed } = await startClient();
  const spec = specOf({ provider_config: { faults: { provision: { kind: 'error', times: 1 } } } });
  await provision(spec, client);
  expect(printed[0]).toBe('acme: provisioning on memory');
  expect(printed[1]).toMatch(/^acme: compute provider failed: .*; trying again at /);
});

test('names a tenant that cannot be reached', async () => {
  const { client } = await startClient();
  const ports = [{ container_port: 80, name: 'http' }];
  const spec = specOf({ containers: [{ name: 'web', image: 'busybox', ports }] });
  await provision(spec, client);
  await expect(fetchPage(await untilHealthy(spec, client), client)).rejects.toThrow(
    'acme cannot be reached at http://',
  );
});
