import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { askAddress } from '../support/ask-address.ts';

const TENANTS = 6;

/** A program that serves its version; a version that begins with `bad` never listens. */
const program = `
const { VERSION, PORT } = process.env;
if (VERSION.startsWith('bad')) setInterval(() => undefined, 1000);
else require('http').createServer((_, answer) => answer.end(VERSION)).listen(PORT);
`;

function specOf(tenant_id: string) {
  return {
    tenant_id,
    provider_type: 'process',
    containers: [
      {
        name: 'web',
        image: 'app:1',
        command: ['node', '-e', program],
        env: { VERSION: '1' },
        ports: [{ name: 'http', container_port: 8080 }],
        health_check: { type: 'http' as const, interval_seconds: 5, timeout_seconds: 1 },
      },
    ],
    resources: { cpu: 128, memory: 128 },
    labels: { plan: 'pro' },
  };
}

function rolloutTo(version: string) {
  return {
    rollout_id: `version-${version}`,
    select: { labels: { plan: 'pro' } },
    change: { containers: { web: { env: { VERSION: version } } } },
  };
}

test('a bad version harms one tenant, and undo brings it back; a good one reaches all', async () => {
  const providers = { process: { type: 'process', start_timeout_seconds: 5, ready_wait_seconds: 1 } };
  const server = await startTestServer({ providers });
  const client = createClient({ endpoint: server.url });
  const ids = Array.from({ length: TENANTS }, (_, index) => `tenant-${index + 1}`);
  onTestFinished(async () => {
    await Promise.all(ids.map((id) => client.destroyTenant(id)));
    await expect.poll(() => server.heldTenants(), { timeout: 30_000 }).toEqual([]);
  });
  for (const id of ids) await client.provisionTenant(specOf(id));
  const rest = async (rolloutId: string) => {
    for (;;) {
      const { data } = await client.getRollout(rolloutId, { wait: 20 });
      if (!['running', 'baking', 'undoing'].includes(data.phase)) return data;
    }
  };
  const versions = async () => {
    const tenants = await Promise.all(ids.map(async (id) => (await client.getTenant(id)).data));
    const addresses = tenants.map(({ endpoints }) => endpoints.find(({ url }) => url)?.url ?? '');
    return Promise.all(addresses.map(askAddress));
  };
  await expect.poll(versions, { timeout: 30_000 }).toEqual(ids.map(() => '1'));

  await client.startRollout(rolloutTo('bad'));
  const halted = await rest('version-bad');
  expect(halted).toMatchObject({ phase: 'paused', waves: [{ failed: 1 }, { pending: 0 }, { pending: TENANTS - 1 }] });
  expect(halted.reason).toContain('1 tenant failed, and none may: tenant-1 (');
  expect(await versions()).toEqual(ids.map(() => '1'));

  await client.steerRollout('version-bad', 'undo');
  expect(await rest('version-bad')).toMatchObject({ phase: 'undone' });
  const { data: back } = await client.getTenant('tenant-1');
  expect(back).toMatchObject({ phase: 'ready', revision: 3 });

  await client.startRollout(rolloutTo('2'));
  expect(await rest('version-2')).toMatchObject({ phase: 'succeeded', reason: `${TENANTS} tenants updated` });
  expect(await versions()).toEqual(ids.map(() => '2'));
  const { operations } = (await client.listOperations('tenant-2')).data;
  expect(operations[0]).toMatchObject({ actor: 'rollout:version-2', rollout: 'version-2' });
});
