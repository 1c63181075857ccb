import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { ResourceConflictError, UpdateFailedError } from '../../../../src/compute/errors.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { ask, freePort, HASTY, isRunning, it, occupyPort, specOf, web, worker } from '../lab.ts';

const version = (number: string, more = {}, ...traits: string[]) =>
  web({ env: { VERSION: number }, ...more }, ...traits);

describe('update', () => {
  it('replaces the container that changed and keeps the process of the one that did not', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([version('1'), worker()]));
    const [web1, worker1] = [await lab.pidOf('web'), await lab.pidOf('worker')];
    const spec = specOf([version('2'), worker()], { labels: { team: 'blue' } });
    const result = await provider.update('acme', spec);
    expect(result).toMatchObject({ status: 'success', changes: ['/containers/web/env', '/labels/team'] });
    expect((await ask(provider)).version).toBe('2');
    expect(await lab.pidOf('worker')).toBe(worker1);
    expect(await isRunning(web1)).toBe(false);
    expect((await provider.getStatus('acme')).metadata).toEqual({ spec_hash: specHash(spec) });
  });

  it('restarts nothing for labels and resources', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([worker()]));
    const pid = await lab.pidOf('worker');
    const spec = specOf([worker()], { labels: { a: 'b' }, resources: { cpu: 512, memory: 512 } });
    expect(await provider.update('acme', spec)).toMatchObject({ status: 'success' });
    expect(await lab.processesOf()).toEqual([pid]);
    expect(await provider.update('acme', spec)).toMatchObject({ status: 'no_changes', changes: [] });
  });

  it('adds and removes containers', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([worker({ name: 'a' }), worker({ name: 'b' })]));
    const b = await lab.pidOf('b');
    await provider.update('acme', specOf([worker({ name: 'b' }), worker({ name: 'c' })]));
    const { containers } = await provider.getStatus('acme');
    expect(containers.map(({ name, ready }) => [name, ready])).toEqual([
      ['b', true],
      ['c', true],
    ]);
    expect((await lab.processesOf()).sort()).toEqual([b, await lab.pidOf('c')].sort());
  });

  it('keeps the old version serving while the new one is not ready, and after it has failed', async ({ lab }) => {
    const provider = lab.provider();
    const spec = specOf([version('1'), worker()]);
    await provider.provision(spec);
    const pids = await lab.processesOf();
    const broken = specOf([version('2', {}, 'broken'), worker()], HASTY);
    const update = provider.update('acme', broken);
    update.catch(() => undefined);
    await expect.poll(async () => (await provider.getStatus('acme')).metadata.pending_spec_hash).toBe(specHash(broken));
    expect(await provider.getStatus('acme')).toMatchObject({ state: 'running', health: 'healthy' });
    expect((await ask(provider)).version).toBe('1');
    await expect(update).rejects.toBeInstanceOf(UpdateFailedError);
    await expect(update).rejects.toThrow('flux capacitor');
    expect((await ask(provider)).version).toBe('1');
    expect(await lab.processesOf()).toEqual(pids);
    expect(await readdir(join(dirname(lab.recordFile()), 'logs')), 'logs of the serving version only').toHaveLength(2);
    const { metadata } = await provider.getStatus('acme');
    expect(metadata).toMatchObject({ spec_hash: specHash(spec), failed_spec_hash: specHash(broken) });
    expect(metadata.failure).toContain('exited with code 7');
    expect(await provider.update('acme', spec)).toMatchObject({ status: 'no_changes' });
  });

  it('moves a fixed host_port to the new version', async ({ lab }) => {
    const provider = lab.provider();
    const ports = [{ container_port: 8080, host_port: await freePort() }];
    await provider.provision(specOf([version('1', { ports }), worker()]));
    const kept = await lab.pidOf('worker');
    await provider.update('acme', specOf([version('2', { ports }), worker()]));
    expect((await ask(provider)).version).toBe('2');
    expect((await provider.getStatus('acme')).endpoints[0]?.port).toBe(ports[0]?.host_port);
    expect(await lab.pidOf('worker')).toBe(kept);
  });

  it('returns a fixed host_port to the old version if the new one fails', async ({ lab }) => {
    const provider = lab.provider();
    const ports = [{ container_port: 8080, host_port: await freePort() }];
    await provider.provision(specOf([version('1', { ports })]));
    const failure = provider.update('acme', specOf([version('2', { ports }, 'sick')], HASTY));
    await expect(failure).rejects.toBeInstanceOf(UpdateFailedError);
    expect(await provider.getStatus('acme')).toMatchObject({ health: 'healthy', containers: [{ restart_count: 0 }] });
    expect((await ask(provider)).version).toBe('1');
    expect(await lab.processesOf()).toHaveLength(1);
  });

  it('refuses a host_port of another program before it changes anything', async ({ lab }) => {
    await using occupied = await occupyPort();
    const provider = lab.provider();
    await provider.provision(specOf([version('1')]));
    const ports = [{ container_port: 8080, host_port: occupied.port }];
    await expect(provider.update('acme', specOf([version('2', { ports })]))).rejects.toBeInstanceOf(
      ResourceConflictError,
    );
    expect((await ask(provider)).version).toBe('1');
  });

  it('is replaced by another update, and joins an equal one', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([version('1')]));
    const first = provider.update('acme', specOf([version('2', {}, 'sick')]));
    first.catch(() => undefined);
    await expect.poll(async () => (await lab.record()).rollout).toBeDefined();
    const third = specOf([version('3')]);
    const [second, same] = await Promise.all([provider.update('acme', third), lab.provider().update('acme', third)]);
    expect([second.status, same.status]).toEqual(['success', 'success']);
    await expect(first).rejects.toThrow('another update took its place');
    expect((await ask(provider)).version).toBe('3');
    await expect.poll(() => lab.processesOf(), { timeout: 5000 }).toHaveLength(1);
  });

  it('is cancelled by an update back to the serving version', async ({ lab }) => {
    const provider = lab.provider();
    const spec = specOf([version('1')]);
    await provider.provision(spec);
    const pid = await lab.pidOf('web');
    provider.update('acme', specOf([version('2', {}, 'sick')])).catch(() => undefined);
    await expect.poll(async () => (await lab.record()).rollout).toBeDefined();
    expect(await provider.update('acme', spec)).toMatchObject({ status: 'success' });
    expect(await lab.processesOf()).toEqual([pid]);
  });

  it('starts a tenant whose provision failed', async ({ lab }) => {
    const provider = lab.provider();
    await provider
      .provision(specOf([web({}, 'broken')], { provider_config: { start_timeout_seconds: 0.3 } }))
      .catch(() => undefined);
    expect(await provider.update('acme', specOf([worker()]))).toMatchObject({ status: 'success' });
    expect((await provider.getStatus('acme')).health).toBe('healthy');
  });

  it('of a tenant that is still starting replaces its version, and keeps unchanged containers', async ({ lab }) => {
    const provider = lab.provider({ ready_wait_seconds: 0.05 });
    await provider.provision(specOf([version('1', {}, 'sick'), worker()]));
    const kept = await lab.pidOf('worker');
    await lab.provider().update('acme', specOf([version('2'), worker()]));
    await expect.poll(async () => (await provider.getStatus('acme')).health, { timeout: 5000 }).toBe('healthy');
    expect((await ask(provider)).version).toBe('2');
    expect(await lab.pidOf('worker')).toBe(kept);
  });
});
