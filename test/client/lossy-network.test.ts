import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { cli } from '../cli/cli.ts';
import { lostSpec, startOrphanHost } from '../cli/orphan-host.ts';
import { memorySpec } from '../functions/invoke.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { type NetworkFault, networkFaults, openLossyProxy } from '../support/lossy-proxy.ts';

const providers = { memory: { type: 'memory' }, slow: { type: 'memory', in_progress_ms: 300 } };
const bigger = { resources: { cpu: 256, memory: 128 } };

/** Returns a client behind a faulty network, and one that reaches the host directly. */
async function startBehind(fault: NetworkFault, url?: string) {
  const host = url ?? (await startTestServer({ providers })).url;
  const proxy = await openLossyProxy(host, fault);
  const attemptTimeoutMs = fault === 'held' ? 400 : 35_000;
  return {
    proxy,
    client: createClient({ endpoint: proxy.url, attemptTimeoutMs }),
    direct: createClient({ endpoint: host }),
  };
}

describe.each(networkFaults)('behind a network whose requests are %s', (fault) => {
  test.each(fault === 'held' ? ['slow'] : Object.keys(providers))(
    'every change of a tenant succeeds and happens once (%s)',
    async (provider_type) => {
      const { proxy, client, direct } = await startBehind(fault);
      const settle = async ({ operationId = '' }: { operationId?: string }) =>
        expect(await direct.waitForOperation(operationId)).toMatchObject({ state: 'succeeded' });
      const spec = memorySpec({ provider_type });
      const made = await client.provisionTenant(spec);
      await settle(made);
      const ifMatch = (await direct.getTenant('acme')).etag;
      const updated = await client.updateTenant('acme', { ...spec, ...bigger }, { ifMatch });
      await settle(updated);
      const rolledBack = await client.rollbackTenant('acme', 1, { ifMatch: (await direct.getTenant('acme')).etag });
      await settle(rolledBack);
      const destroyed = await client.destroyTenant('acme', { ifMatch: (await direct.getTenant('acme')).etag });
      await settle(destroyed);
      expect(rolledBack.etag).toBe('"3"');
      const types = async () => (await direct.listOperations('acme')).data.operations.map(({ type }) => type);
      expect(await types()).toEqual(['destroy', 'rollback', 'update', 'provision']);
      // What the network delivers again in the end changes nothing any more.
      for (const status of await proxy.repeatChanges()) expect(status).toBeLessThan(300);
      expect(await types()).toEqual(['destroy', 'rollback', 'update', 'provision']);
      expect((await direct.getTenant('acme')).data.phase).toBe('destroyed');
    },
  );

  test('a destroy of what does not exist succeeds', async () => {
    const { client } = await startBehind(fault);
    expect(await client.destroyTenant('never-was', { provider: 'memory' })).toMatchObject({ status: 204 });
  });

  test('an orphan is adopted once', async () => {
    const { client, direct, proxy } = await startBehind(fault, await startOrphanHost());
    const spec = memorySpec({ tenant_id: 'lost', containers: [{ name: 'web', image: 'nginx:2' }] });
    expect((await client.adoptOrphan('memory', 'lost', spec)).status).toBeLessThan(300);
    for (const status of await proxy.repeatChanges()) expect(status).toBeLessThan(300);
    expect((await direct.getTenant('lost')).data).toMatchObject({ phase: 'ready', revision: 1 });
    expect((await direct.listOperations('lost')).data.operations).toHaveLength(1);
    expect((await direct.listOrphans()).data.orphans).toEqual([]);
  });

  test('an orphan is removed once', async () => {
    const { client, direct, proxy } = await startBehind(fault, await startOrphanHost());
    expect((await client.removeOrphan('memory', 'lost')).status).toBe(204);
    for (const status of await proxy.repeatChanges()) expect(status).toBe(204);
    expect((await direct.listOrphans()).data.orphans).toEqual([]);
    await expect(direct.getTenantStatus('lost', { provider: 'memory' })).rejects.toMatchObject({ status: 404 });
  });
});

// The command line gives each attempt 35 s, which is no matter of a test.
const quickFaults = networkFaults.filter((fault) => fault !== 'held');

describe.each(quickFaults)('behind a network whose requests are %s', (fault) => {
  test('the command line reports success, command by command', async () => {
    const { proxy } = await startBehind(fault);
    const run = (words: string, stdin = '') => cli(words.split(' '), { endpoint: proxy.url, stdin });
    const text = (spec: object) => JSON.stringify(spec);
    const spec = memorySpec({ provider_type: 'slow' });
    expect(await run('apply -f -', text(spec))).toMatchObject({ code: 0 });
    expect(await run('apply -f -', text({ ...spec, ...bigger }))).toMatchObject({ code: 0 });
    expect(await run('rollback acme')).toMatchObject({ code: 0 });
    expect((await run('history acme -o name')).code).toBe(0);
    expect(await run('destroy acme --yes')).toMatchObject({ code: 0 });
  });

  test('the command line adopts and removes an orphan', async () => {
    for (const words of ['orphans adopt memory lost -f -', 'orphans remove memory lost --yes']) {
      const { proxy } = await startBehind(fault, await startOrphanHost());
      expect(await cli(words.split(' '), { endpoint: proxy.url, stdin: lostSpec('nginx:2') })).toMatchObject({
        code: 0,
      });
    }
  });
});
