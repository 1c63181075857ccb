import { describe, expect } from 'vitest';
import {
  InvalidSpecError,
  ProvisionFailedError,
  ResourceConflictError,
  TenantNotFoundError,
} from '../../../../src/compute/errors.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { ask, freePort, HASTY, it, occupyPort, specOf, web, worker } from '../lab.ts';

describe('provision', () => {
  it('returns success once the containers are healthy, and they serve', async ({ lab }) => {
    const provider = lab.provider();
    const spec = specOf([web(), worker()]);
    const result = await provider.provision(spec);
    expect(result).toMatchObject({ tenant_id: 'acme', provider_type: 'process', status: 'success' });
    expect(Object.keys(result.resource_ids)).toEqual(['containers/web', 'containers/worker']);
    const url = result.endpoints[0]?.url ?? '';
    expect(((await (await fetch(url)).json()) as { pid: number }).pid).toBe(await lab.pidOf('web'));
    expect(await provider.getStatus('acme')).toMatchObject({
      state: 'running',
      health: 'healthy',
      containers: [
        { name: 'web', state: 'running', ready: true, restart_count: 0 },
        { name: 'worker', state: 'running', ready: true, restart_count: 0 },
      ],
      metadata: { spec_hash: specHash(spec) },
    });
    expect(await Array.fromAsync(provider.list())).toEqual([{ tenant_id: 'acme', spec_hash: specHash(spec) }]);
  });

  it('returns in_progress if health takes longer than the wait, and continues in the background', async ({ lab }) => {
    const provider = lab.provider({ ready_wait_seconds: 0.1 });
    const spec = specOf([web({}, 'sick')]);
    const result = await provider.provision(spec);
    expect(result.status).toBe('in_progress');
    const status = await provider.getStatus('acme');
    expect(status).toMatchObject({
      state: 'starting',
      health: 'unknown',
      metadata: { pending_spec_hash: specHash(spec) },
    });
    await expect.poll(() => ask(provider, '/well').catch(() => undefined), { timeout: 5000 }).toBeDefined();
    await expect.poll(async () => (await provider.getStatus('acme')).state, { timeout: 5000 }).toBe('running');
    expect((await provider.provision(spec)).resource_ids).toEqual(result.resource_ids);
  });

  it('fails with the exit code and the last output if a container keeps crashing, and leaves nothing running', async ({
    lab,
  }) => {
    const provider = lab.provider();
    const spec = specOf([web({}, 'broken'), worker()], HASTY);
    const failure = await provider.provision(spec).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProvisionFailedError);
    expect(String(failure)).toMatch(/container web was not ready within 2 seconds; .*exited with code 7/);
    expect(String(failure)).toContain('cannot find the flux capacitor');
    expect(await lab.processesOf()).toEqual([]);
    const status = await provider.getStatus('acme');
    expect(status).toMatchObject({
      state: 'failed',
      health: 'unhealthy',
      metadata: { failed_spec_hash: specHash(spec) },
    });
    expect(status.metadata.failure).toContain('flux capacitor');
    expect(status.containers[0]?.restart_count).toBeGreaterThan(0);
    await provider.destroy('acme');
    await expect(provider.getStatus('acme')).rejects.toBeInstanceOf(TenantNotFoundError);
  });

  it('fails with the error of the health check if a container never becomes healthy', async ({ lab }) => {
    const provider = lab.provider();
    await expect(provider.provision(specOf([web({}, 'sick')], HASTY))).rejects.toThrow(
      /health check: it answered HTTP 503/,
    );
  });

  it('fails at once if the command does not exist, without naming a path of this machine', async ({ lab }) => {
    const provider = lab.provider();
    const failure = provider.provision(specOf([worker({ command: ['no-such-program'] })]));
    await expect(failure).rejects.toThrow('container worker could not be started (ENOENT)');
    await expect(failure).rejects.not.toThrow(lab.dir);
  });

  it('starts again after a failure, with the same specification or a corrected one', async ({ lab }) => {
    const provider = lab.provider();
    const broken = specOf([web({}, 'broken')], { provider_config: { start_timeout_seconds: 0.3 } });
    await expect(provider.provision(broken)).rejects.toBeInstanceOf(ProvisionFailedError);
    await expect(provider.provision(broken)).rejects.toBeInstanceOf(ProvisionFailedError);
    const result = await provider.provision(specOf([worker()]));
    expect(result.status).toBe('success');
    expect((await provider.getStatus('acme')).metadata).not.toHaveProperty('failure');
  });

  it('stops waiting when its signal is aborted, and getStatus still finds the tenant', async ({ lab }) => {
    const provider = lab.provider();
    const reason = new Error('the caller left');
    const abort = new AbortController();
    const result = provider.provision(specOf([web({}, 'sick')]), { signal: abort.signal });
    await expect.poll(() => lab.pidOf('web').catch(() => 0), { timeout: 5000 }).toBeGreaterThan(0);
    abort.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect((await provider.getStatus('acme')).state).toBe('starting');
  });

  it('starts ten tenants at once, each with a port of its own', async ({ lab }) => {
    const provider = lab.provider({ start_timeout_seconds: 20, ready_wait_seconds: 20 });
    const ids = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
    const server = `require('node:http').createServer((_, response) => response.end(process.env.BERTH_TENANT_ID))
      .listen(process.env.PORT, '127.0.0.1')`;
    const command = ['node', '-e', server];
    const results = await Promise.all(
      ids.map((id) => provider.provision(specOf([web({ command })], { tenant_id: id }))),
    );
    const answers = await Promise.all(
      results.map(async ({ endpoints }) => (await fetch(endpoints[0]?.url ?? '')).text()),
    );
    expect(answers).toEqual(ids);
    await Promise.all(ids.map((id) => provider.destroy(id)));
    expect(await Array.fromAsync(provider.list())).toEqual([]);
  });
});

describe('health checks', () => {
  it('run by tcp and by exec, with the environment of the container', async ({ lab }) => {
    const provider = lab.provider();
    const health = ['node', '-e', 'process.exit(process.env.VERSION === "7" && process.env.PORT ? 0 : 1)'];
    const result = await provider.provision(
      specOf([
        web({ name: 'by-tcp', health_check: { type: 'tcp' }, ports: [{ container_port: 5432 }] }),
        web({ name: 'by-exec', env: { VERSION: '7' }, health_check: { type: 'exec', command: health } }),
      ]),
    );
    expect(result.status).toBe('success');
    expect(result.endpoints.map(({ type }) => type)).toEqual(['tcp', 'tcp']);
  });

  it('give a container a port that only its health check names', async ({ lab }) => {
    const provider = lab.provider();
    const result = await provider.provision(specOf([web({ ports: [], health_check: { type: 'http', port: 9000 } })]));
    expect(result).toMatchObject({ status: 'success', endpoints: [] });
  });
});

describe('host_port', () => {
  it('becomes the port of the container', async ({ lab }) => {
    const port = await freePort();
    const provider = lab.provider();
    const result = await provider.provision(specOf([web({ ports: [{ container_port: 80, host_port: port }] })]));
    expect(result.endpoints).toEqual([{ type: 'http', address: '127.0.0.1', port, url: `http://127.0.0.1:${port}` }]);
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200);
  });

  it('of another program is a conflict that names port and container, and creates nothing', async ({ lab }) => {
    await using occupied = await occupyPort();
    const provider = lab.provider();
    const failure = provider.provision(specOf([web({ ports: [{ container_port: 80, host_port: occupied.port }] })]));
    await expect(failure).rejects.toBeInstanceOf(ResourceConflictError);
    await expect(failure).rejects.toThrow(`host_port ${occupied.port} (tcp) of container web is not free`);
    await expect(provider.getStatus('acme')).rejects.toBeInstanceOf(TenantNotFoundError);
  });

  it('of another tenant is a conflict that names the tenant, even while its process is down', async ({ lab }) => {
    const port = await freePort();
    const provider = lab.provider();
    const ports = [{ container_port: 80, host_port: port }];
    await provider.provision(specOf([worker({ name: 'holder', ports })], { tenant_id: 'globex' }));
    await expect(provider.provision(specOf([web({ ports })]))).rejects.toThrow('container holder of tenant globex');
  });
});

describe('validate', () => {
  it('reports every issue at once, with pointers, and starts nothing', async ({ lab }) => {
    const provider = lab.provider();
    const spec = specOf(
      [
        { name: 'a', ports: [{ container_port: 1, host_port: 5000 }] },
        { name: 'b', command: ['x'], env: { BERTH_RUN: '1' }, ports: [{ container_port: 1, host_port: 5000 }] },
        web({ name: 'c', ports: [{ container_port: 1, protocol: 'udp' }] }),
      ],
      {
        provider_config: { secrets_directory: '/', working_directory: '/no/such/folder' },
        secrets: [
          { name: 'vault', source: 'aws-ssm', key: '/a', env_var: 'A' },
          { name: 'escape', source: 'file', key: '../../etc/passwd', env_var: 'B' },
        ],
      },
    );
    const failure = await provider.validate(spec).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidSpecError);
    const { issues } = failure as InvalidSpecError;
    expect(issues.map(({ pointer }) => pointer)).toEqual([
      '/provider_config/secrets_directory',
      '/provider_config/working_directory',
      '/containers/0/command',
      '/containers/2/health_check/port',
      '/containers/1/env/BERTH_RUN',
      '/containers/1/ports/0/host_port',
      '/secrets/0/source',
      '/secrets/1/key',
    ]);
    await expect(provider.provision(spec)).rejects.toBeInstanceOf(InvalidSpecError);
    expect(await Array.fromAsync(provider.list())).toEqual([]);
  });

  it('warns of fields that have no effect or are overridden', async ({ lab }) => {
    const resources = { cpu: 128, memory: 128, storage: 100 };
    const health_check = { type: 'http', command: ['true'] };
    const container = web({ env: { PORT: '8080' }, resources, health_check });
    const networking = { public_ip: true, hostname: 'acme.example.com' };
    const answer = await lab.provider().validate(specOf([container], { networking }));
    expect(answer?.warnings).toEqual([
      expect.stringContaining('networking.public_ip has no effect'),
      expect.stringContaining('networking.hostname has no effect'),
      expect.stringContaining('resources.storage has no effect'),
      expect.stringContaining('resources of container web have no effect'),
      'health_check.command of container web has no effect: its type is http',
      expect.stringContaining('PORT of container web is overridden'),
    ]);
  });
});
