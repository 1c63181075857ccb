import { expect, test } from 'vitest';
import { CommandError } from '../../../../infra/local/command-line.ts';
import { provisionByEvent } from '../../../../infra/local/demo/demo-events.ts';
import {
  destroy,
  fetchPage,
  isThere,
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

test('tells each change on the way to healthy, once', async () => {
  const { client, printed } = await startClient();
  const spec = specOf({ provider_config: { in_progress_ms: 1500 } });
  expect(await isThere(spec, client)).toBe(false);
  const location = await provision(spec, client);
  expect(await untilHealthy(spec, client)).toMatchObject({ state: 'running' });
  await untilEnded(location, client);
  await provision(spec, client);
  await destroy(spec, client);
  expect(await isThere(spec, client)).toBe(false);
  expect(printed).toEqual([
    'acme: being provisioned on memory',
    'acme: starting, unknown (0 of 1 containers ready)',
    'acme: running, healthy (1 of 1 containers ready)',
    'acme: was already there on memory',
    'acme: destroyed',
  ]);
});

test('asks for a tenant by an event, and hears that it is up, or why not', async () => {
  const { client, printed } = await startClient();
  const location = await provisionByEvent(specOf({}), client);
  expect(await untilHealthy(specOf({}), client)).toMatchObject({ state: 'running' });
  await untilEnded(location, client);
  expect(printed).toEqual([
    expect.stringMatching(/^acme: asked for by event [0-9a-f-]{36}$/),
    'acme: "Tenant Provisioned" was announced',
    'acme: running, healthy (1 of 1 containers ready)',
  ]);
  const other = specOf({ labels: { tier: 'gold' } });
  await expect(provisionByEvent(other, client)).rejects.toThrow(/^tenant already exists: .*\nUpdate the tenant/);
});

test('says why a tenant failed', async () => {
  const { client } = await startClient();
  const broken = specOf({ provider_config: { faults: { rollout: 'unhealthy' } } });
  await provision(broken, client);
  await expect(untilHealthy(broken, client)).rejects.toThrow(/^acme failed: the new version did not get healthy/);
});

test('says what an error answered, and what to do next', async () => {
  const { client } = await startClient();
  const refused = provision(specOf({ provider_config: { faults: { provision: 'failed' } } }), client);
  await expect(refused).rejects.toThrow(CommandError);
  await expect(refused).rejects.toThrow(/answered 502: provisioning failed: .*\nRead the message/);
});

test('says at once what is tried again, because it may be for the user to put right', async () => {
  const { client, printed } = await startClient();
  const spec = specOf({ provider_config: { faults: { provision: { kind: 'error', times: 1 } } } });
  await provision(spec, client);
  expect(printed[0]).toBe('acme: being provisioned on memory');
  expect(printed[1]).toMatch(/^acme: compute provider failed: .*; trying again at /);
});

test('says which tenant does not answer', async () => {
  const { client } = await startClient();
  const ports = [{ container_port: 80, name: 'http' }];
  const spec = specOf({ containers: [{ name: 'web', image: 'busybox', ports }] });
  await provision(spec, client);
  await expect(fetchPage(await untilHealthy(spec, client), client)).rejects.toThrow('acme does not answer at http://');
});
