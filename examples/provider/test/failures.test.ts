import {
  type ComputeStatus,
  InvalidProviderError,
  type Provider,
  ProviderFailedError,
  type TenantComputeSpec,
} from 'berth/provider';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createNomadProvider } from '../src/provider.ts';
import { FakeNomad } from './fake-nomad.ts';

async function started(token?: string) {
  const nomad = new FakeNomad(token);
  onTestFinished(() => nomad.close());
  return { nomad, address: await nomad.listen() };
}

function specOf(image: string): TenantComputeSpec {
  const health_check = {
    type: 'tcp' as const,
    interval_seconds: 5,
    timeout_seconds: 1,
    healthy_threshold: 1,
    unhealthy_threshold: 3,
  };
  const web = {
    name: 'web',
    image,
    env: { KEY: 'broken-secret' },
    ports: [{ container_port: 80, protocol: 'tcp' as const }],
    health_check,
  };
  return { tenant_id: 'acme', provider_type: 'nomad', containers: [web], resources: { cpu: 128, memory: 128 } };
}

// Processes of tests share machines with others.
vi.setConfig({ testTimeout: 60_000 });

/** Reads statuses until one is as expected. Each read advances the cluster by a few steps, so a fixed number is enough. */
async function untilStatus(provider: Provider, isExpected: (status: ComputeStatus) => boolean): Promise<ComputeStatus> {
  for (let reads = 0; reads < 20; reads += 1) {
    const status = await provider.getStatus('acme');
    if (isExpected(status)) return status;
  }
  throw new Error('no status is as expected');
}

async function until(provider: Provider, key: string): Promise<ComputeStatus> {
  return untilStatus(provider, ({ metadata }) => metadata[key] !== undefined);
}

test.each([
  ['broken:2', 'container web: Failed to pull `broken`: not found; Failed due to unhealthy allocations'],
  ['crash:2', 'container web: it ended with code 3; Failed'],
  ['oom:2', 'container web: it was killed because it used more than its memory; Failed'],
  ['sick:2', 'Failed due to unhealthy allocations'],
])('a failure says in words why %s did not start, first or as an update', async (image, expected) => {
  const { address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await provider.provision(specOf(image));
  expect((await until(provider, 'failure')).metadata.failure).toMatch(new RegExp(`^${expected}`));
  await provider.update('acme', specOf('app:1'));
  await until(provider, 'spec_hash');
  await provider.update('acme', specOf(image));
  const { state, health, metadata } = await until(provider, 'failure');
  expect({ state, health }).toEqual({ state: 'running', health: 'healthy' });
  expect(metadata.failure).toMatch(
    new RegExp(`^${expected} - rolling back to job version 1`.replace('Failed - ', 'Failed.* - ')),
  );
});

test('an update with the specification of a provision in progress joins it', async () => {
  const { address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await provider.provision(specOf('stuck:1'));
  expect(await provider.update('acme', specOf('stuck:1'))).toMatchObject({ status: 'in_progress', changes: [] });
});

test('a version that no node can take says what is missing', async () => {
  const { address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await provider.provision(specOf('huge:1'));
  const expected = 'web: no node can take it: of 3 nodes 3 without enough memory';
  const { state } = await untilStatus(provider, ({ metadata }) => metadata.pending_message === expected);
  expect(state).toBe('starting');
});

test('a tenant whose health check fails later is unhealthy', async () => {
  const { nomad, address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await provider.provision(specOf('app:1'));
  expect(await until(provider, 'spec_hash')).toMatchObject({
    health: 'healthy',
    endpoints: [{ type: 'tcp', address: '10.0.0.5' }],
  });
  const [allocation] = [...nomad.cluster.jobs.values()].flatMap(({ allocations }) => allocations);
  Object.assign(allocation ?? {}, { unhealthy: true });
  expect(await provider.getStatus('acme')).toMatchObject({
    state: 'running',
    health: 'unhealthy',
    containers: [{ name: 'web', ready: false, message: 'its health check fails' }],
  });
});

test('a job whose record was removed is listed as lost, and a provision repairs it', async () => {
  const { nomad, address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await provider.provision(specOf('app:1'));
  for (const { versions } of nomad.cluster.jobs.values()) versions[0]?.TaskGroups.pop();
  await expect(provider.getStatus('acme')).rejects.toThrow('its record is lost');
  expect(await Array.fromAsync(provider.list())).toEqual([{ tenant_id: 'acme', is_lost: true }]);
  await provider.provision(specOf('app:1'));
  await until(provider, 'spec_hash');
  await provider.destroy('acme');
  expect(nomad.cluster.jobs.size).toBe(0);
});

test('a job that an operator stopped in Nomad starts again with an equal specification', async () => {
  const { nomad, address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await provider.provision(specOf('app:1'));
  await until(provider, 'spec_hash');
  for (const job of nomad.cluster.jobs.values()) {
    Object.assign(job.versions[0] ?? {}, { Stop: true });
    job.isEvaluated = false;
  }
  await untilStatus(provider, ({ state }) => state === 'stopped');
  expect(await provider.update('acme', specOf('app:1'))).toMatchObject({ status: 'in_progress' });
  expect(await until(provider, 'spec_hash')).toMatchObject({ state: 'running' });
});

test('the token comes from the environment, and a wrong one is told once and not repeated', async () => {
  const { address } = await started('right');
  const defaults = { address, token_env: 'NOMAD_TOKEN_OF_TEST' };
  const create = () => createNomadProvider({ name: 'nomad', defaults });
  expect(create).toThrow(InvalidProviderError);
  vi.stubEnv('NOMAD_TOKEN_OF_TEST', 'wrong');
  onTestFinished(() => void vi.unstubAllEnvs());
  const refused = await create()
    .getStatus('acme')
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProviderFailedError);
  expect(refused).toMatchObject({
    retryable: false,
    message: expect.stringContaining('refuses the token: Permission denied'),
  });
  vi.stubEnv('NOMAD_TOKEN_OF_TEST', 'right');
  expect(await Array.fromAsync(create().list())).toEqual([]);
});

test('a Nomad that does not answer is named', async () => {
  const { nomad, address } = await started();
  const provider = createNomadProvider({ name: 'nomad', defaults: { address } });
  await nomad.close();
  await expect(provider.getStatus('acme')).rejects.toThrow(`Nomad at ${address} did not answer`);
});
