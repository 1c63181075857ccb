import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProvisionFailedError, ResourceConflictError, UpdateFailedError } from '../../../../src/compute/errors.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

const checked = { interval_seconds: 5, timeout_seconds: 2 };

engineSuite('rollouts', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.clear());

  const pageAt = async (port: number | undefined) => (await fetch(`http://127.0.0.1:${port}/`)).text();
  const withPort = (version: number, host_port: number, more: object = {}) =>
    lab.server(version, { ports: [{ container_port: 8080, host_port, name: 'http' }], ...more });

  describe('host ports', () => {
    test('bind to 127.0.0.1, come from the range, and survive a restart', async () => {
      const provider = lab.provider({ port_range: { first: 21000, last: 21999 } });
      const { endpoints } = await provider.provision(lab.spec('acme'));
      const { port = 0, ...endpoint } = endpoints[0] ?? {};
      const url = `http://127.0.0.1:${port}`;
      expect(endpoint).toEqual({ type: 'http', address: '127.0.0.1', url, name: 'http' });
      expect(port).toSatisfy((number: number) => number >= 21000 && number <= 21999);
      const { Id, HostConfig } = await lab.inspect('acme', 'web');
      expect(HostConfig.PortBindings).toEqual({ '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] });
      await lab.docker.getContainer(Id).restart({ t: 0 });
      await expect.poll(() => pageAt(port).catch(() => ''), { timeout: 5000 }).toBe('1\n');
      expect((await provider.getStatus('acme')).endpoints).toEqual(endpoints);
    });

    test('that were requested move from the old version to the new one', async () => {
      const port = await Lab.freePort();
      const provider = lab.provider();
      await provider.provision(lab.specOf('acme', [withPort(1, port), lab.idler()]));
      expect((await provider.update('acme', lab.specOf('acme', [withPort(2, port), lab.idler()]))).status).toBe(
        'success',
      );
      expect(await pageAt(port)).toBe('2\n');
    });

    test('that were requested return to the old version when the new one fails', async () => {
      const port = await Lab.freePort();
      const provider = lab.provider();
      const spec = lab.specOf('acme', [withPort(1, port), lab.idler()]);
      await provider.provision(spec);
      const broken = lab.specOf('acme', [withPort(2, port, { command: ['false'] }), lab.idler()], {
        restart: 'no',
        settle_seconds: 5,
      });
      await expect(provider.update('acme', broken)).rejects.toBeInstanceOf(UpdateFailedError);
      await expect.poll(() => pageAt(port).catch(() => ''), { timeout: 5000 }).toBe('1\n');
      const { state, metadata } = await provider.getStatus('acme');
      expect({ state, hash: metadata.spec_hash }).toEqual({ state: 'running', hash: specHash(spec) });
    });

    test('of another tenant are a conflict, and the refused tenant keeps running', async () => {
      const port = await Lab.freePort();
      const provider = lab.provider();
      await provider.provision(lab.specOf('acme', [withPort(1, port)]));
      await provider.provision(lab.spec('other'));
      const update = provider.update('other', lab.specOf('other', [withPort(2, port), lab.idler()]));
      await expect(update).rejects.toThrow(`host port ${port} is already in use on the engine's host`);
      await expect(update).rejects.toBeInstanceOf(ResourceConflictError);
      expect((await provider.getStatus('other')).state).toBe('running');
    });
  });

  describe('an init process', () => {
    test('passes the signal on to a program that handles none, so that it ends at once', async () => {
      const provider = lab.provider({ stop_grace_seconds: 600 });
      await provider.provision(lab.specOf('acme', [lab.idler({ command: ['sleep', '1000'] })]));
      await provider.stop?.('acme');
      const { State } = await lab.inspect('acme', 'worker');
      expect(State.ExitCode, 'the code of SIGTERM').toBe(143);
    });

    test('leaves no zombies of processes whose parents ended', async () => {
      const provider = lab.provider();
      const script = '(sleep 0.05 &) ; (sleep 0.05 &) ; sleep 0.2; touch /tmp/done; exec sleep 1000';
      const health_check = { type: 'exec', command: ['test', '-e', '/tmp/done'], ...checked };
      await provider.provision(lab.specOf('acme', [lab.container(script, { health_check })]));
      const { output } = await lab.run('acme', 'web', ['sh', '-c', 'cat /proc/[0-9]*/stat']);
      expect(output).toContain('(sleep) S');
      expect(output).not.toMatch(/\) Z /);
    });
  });

  describe('health checks', () => {
    test.each([
      ['http', { type: 'http', http_path: '/index.html', ...checked }],
      ['tcp', { type: 'tcp', ...checked }],
      ['exec', { type: 'exec', command: ['test', '-e', '/tmp/www/index.html'], ...checked }],
    ])('of type %s make a container ready', async (_type, health_check) => {
      const provider = lab.provider();
      const spec = lab.specOf('acme', [lab.server(1, { health_check }), lab.idler()]);
      expect((await provider.provision(spec)).status).toBe('success');
      const { health, containers } = await provider.getStatus('acme');
      expect(health).toBe('healthy');
      expect(containers.every(({ ready }) => ready)).toBe(true);
    });

    test.each([
      [
        'an HTTP error',
        { type: 'http', http_path: '/missing', ...checked },
        'health check: HTTP status 404 on port 8080',
      ],
      ['a port without a listener', { type: 'tcp', port: 81, ...checked }, 'health check: nothing listens on port 81'],
      [
        'a failing command',
        { type: 'exec', command: ['sh', '-c', 'echo secret; exit 3'], ...checked },
        'its command exited with code 3',
      ],
    ])(
      'with %s fail the provision with a reason',
      async (_what, health_check, message) => {
        const provider = lab.provider();
        const spec = lab.specOf('acme', [lab.server(1, { health_check })], { start_timeout_seconds: 20 });
        const provision = provider.provision(spec);
        await expect(provision).rejects.toBeInstanceOf(ProvisionFailedError);
        await expect(provision).rejects.toThrow(
          `it was not ready within 20 seconds; ${message.startsWith('its') ? `health check: ${message}` : message}`,
        );
        const { state, metadata } = await provider.getStatus('acme');
        expect(state).toBe('failed');
        expect(metadata).toMatchObject({ failed_spec_hash: specHash(spec), failure: expect.stringContaining(message) });
      },
      60_000,
    );
  });

  test('that fail show the last output of the container, its environment redacted', async () => {
    const script = 'echo "connecting with $TOKEN to $URL"; exit 2';
    lab.writeSecret('token', 'canary-of-the-secret');
    const spec = lab.specOf('acme', [lab.container(script, { env: { URL: 'canary-of-the-env' } })], {
      restart: 'no',
      settle_seconds: 5,
    });
    const secrets = [{ name: 'token', source: 'file', key: 'token', env_var: 'TOKEN' }];
    const error: Error = await lab
      .provider()
      .provision({ ...spec, secrets })
      .then(Promise.reject, (thrown) => thrown);
    expect(error.message).toContain(
      'container web: it exited with code 2; its last output:\nconnecting with [redacted] to [redacted]',
    );
    expect(JSON.stringify([error, error.message, lab.logged])).not.toContain('canary');
  });

  test('of a closed host are not pending, and continue when the same specification is requested again', async () => {
    const closed = lab.provider({ ready_wait_seconds: 0 });
    const slow = lab.specOf('acme', [
      lab.container('sleep 3; touch /tmp/up; exec sleep 1000', {
        health_check: { type: 'exec', command: ['test', '-e', '/tmp/up'], ...checked },
      }),
    ]);
    expect((await closed.provision(slow)).status).toBe('in_progress');
    expect((await closed.getStatus('acme')).metadata.pending_spec_hash).toBe(specHash(slow));
    await closed.close?.();
    const next = lab.provider();
    expect((await next.getStatus('acme')).metadata.pending_spec_hash).toBeUndefined();
    expect((await next.provision(slow)).status).toBe('success');
    expect((await next.getStatus('acme')).metadata).toEqual({ spec_hash: specHash(slow) });
  }, 30_000);

  test('replace a container that was removed by hand, and keep the others', async () => {
    const provider = lab.provider();
    const spec = lab.spec('acme');
    await provider.provision(spec);
    const worker = (await lab.inspect('acme', 'worker')).Id;
    await lab.docker.getContainer((await lab.inspect('acme', 'web')).Id).remove({ force: true });
    const { state, containers } = await provider.getStatus('acme');
    expect({ state, message: containers[0]?.message }).toEqual({
      state: 'failed',
      message: 'its container is missing on the engine',
    });
    expect((await provider.provision(spec)).status).toBe('success');
    expect((await provider.getStatus('acme')).state).toBe('running');
    expect((await lab.inspect('acme', 'worker')).Id).toBe(worker);
  });

  test('adopt the running containers if the record was deleted', async () => {
    const provider = lab.provider();
    const spec = lab.spec('acme');
    await provider.provision(spec);
    const ids = async () => [(await lab.inspect('acme', 'web')).Id, (await lab.inspect('acme', 'worker')).Id];
    const before = await ids();
    for (const { Name } of await lab.volumes()) await lab.docker.getVolume(Name).remove();
    expect((await provider.getStatus('acme')).metadata.spec_hash).toBeUndefined();
    expect((await lab.provider().provision(spec)).status).toBe('success');
    expect(await ids()).toEqual(before);
    expect((await provider.getStatus('acme')).metadata.spec_hash).toBe(specHash(spec));
  });
});
