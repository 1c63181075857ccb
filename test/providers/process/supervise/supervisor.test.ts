import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { ask, isRunning, it, type Lab, PROGRAM, QUICK, specOf, web, worker } from '../lab.ts';

describe('supervision', () => {
  it('restarts a container that crashes, on the same port, and counts the restarts', async ({ lab }) => {
    const provider = lab.provider();
    await provider.start?.();
    const { endpoints } = await provider.provision(specOf([web()]));
    for (const count of [1, 2]) {
      const { pid } = await ask(provider);
      await ask(provider, '/exit').catch(() => undefined);
      await expect
        .poll(() => provider.getStatus('acme'), { timeout: 5000 })
        .toMatchObject({ state: 'running', health: 'healthy', endpoints, containers: [{ restart_count: count }] });
      expect((await ask(provider)).pid).not.toBe(pid);
    }
  });

  it('reports how a container exited and when it restarts, and doubles the delay at each crash', async ({ lab }) => {
    const provider = lab.provider({ restart_delay_seconds: 0.2, max_restart_delay_seconds: 60 });
    await provider.start?.();
    await provider.provision(specOf([web()]));
    for (const delay of [200, 400]) {
      await ask(provider, '/exit').catch(() => undefined);
      await expect
        .poll(async () => (await provider.getStatus('acme')).containers[0]?.message, { interval: 10 })
        .toMatch(/exited with code 3; restarts at 20/);
      expect(await provider.getStatus('acme')).toMatchObject({
        state: 'starting',
        health: 'unhealthy',
        containers: [{ state: 'starting', ready: false }],
      });
      expect((await lab.record()).instances[0]?.restart_delay_ms).toBe(delay);
      await expect.poll(async () => (await provider.getStatus('acme')).health, { timeout: 5000 }).toBe('healthy');
    }
  });

  it('ends the children of a crashed process before it starts the next one', async ({ lab }) => {
    const provider = lab.provider();
    await provider.start?.();
    await provider.provision(specOf([worker({}, 'parent', 'runaway')]));
    const pid = await lab.pidOf('worker');
    await expect.poll(async () => (await lab.processesOf()).length, { timeout: 5000 }).toBe(2);
    const left = (await lab.processesOf()).filter((member) => member !== pid);
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(async () => (await provider.getStatus('acme')).containers[0], { timeout: 5000 })
      .toMatchObject({
        ready: true,
        restart_count: 1,
      });
    expect(await Promise.all(left.map(isRunning))).toEqual([false]);
  });

  it('finds what no event told: the exit of a process of another host, and what that host recorded', async ({
    lab,
  }) => {
    const [deaf, other] = [lab.provider(), lab.provider()];
    await deaf.start?.();
    await other.provision(specOf([worker()]));
    await expect.poll(() => lab.logged.filter((line) => line.includes('container ready'))).toHaveLength(1);
    await other.close?.(); // its children tell only it of their exits
    process.kill(await lab.pidOf('worker'), 'SIGKILL');
    await expect
      .poll(async () => (await deaf.getStatus('acme')).containers[0])
      .toMatchObject({ ready: true, restart_count: 1 });
    const record = await lab.record();
    await writeFile(lab.recordFile(), JSON.stringify({ ...record, phase: 'destroying' }));
    await expect.poll(() => lab.processesOf()).toEqual([]);
  });

  it('runs no pass while nothing changes', async ({ lab }) => {
    const provider = lab.provider();
    await provider.start?.();
    await provider.provision(specOf([web(), worker()]));
    // Each pass takes a lock, which is a file in this folder.
    const passedAt = async () => (await stat(join(lab.dir, 'process', '.locks'))).mtimeMs;
    let before = 0;
    const hasPassed = async () => {
      const last = before;
      before = await passedAt();
      return before !== last;
    };
    await expect.poll(hasPassed, { interval: 3000, timeout: 30_000 }).toBe(false);
  });

  it('leaves processes running when it is closed', async ({ lab }) => {
    const provider = lab.provider();
    await provider.start?.();
    await provider.provision(specOf([worker()]));
    await provider.close?.();
    expect(await isRunning(await lab.pidOf('worker'))).toBe(true);
  });
});

describe('a new host', () => {
  it('finds, supervises and destroys the tenants of one that was killed', async ({ lab }) => {
    const host = await startHost(lab, specOf([web()]));
    const before = await ask(lab.provider());
    await kill(host);
    expect(await ask(lab.provider())).toEqual(before);

    const provider = lab.provider();
    await provider.start?.();
    expect(await provider.getStatus('acme')).toMatchObject({ state: 'running', health: 'healthy' });
    process.kill(before.pid, 'SIGKILL');
    await expect
      .poll(() => provider.getStatus('acme'), { timeout: 8000 })
      .toMatchObject({ health: 'healthy', containers: [{ restart_count: 1 }] });
    const after = await ask(provider);
    expect(after.pid).not.toBe(before.pid);

    await lab.provider().destroy('acme');
    expect(await isRunning(after.pid)).toBe(false);
    expect(await lab.processesOf()).toEqual([]);
  });

  it.for([0, 15, 30, 60, 90])('finishes a provision whose host was killed after %i ms', async (delay, { lab }) => {
    const spec = specOf([web(), worker()]);
    const host = spawnHost(lab, spec);
    await expect
      .poll(() => access(join(lab.dir, 'process', '.locks')), { timeout: 10_000, interval: 2 })
      .toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, delay));
    await kill(host);
    const provider = lab.provider();
    expect(await provider.provision(spec)).toMatchObject({ status: 'success' });
    expect(await lab.processesOf()).toHaveLength(2);
    await provider.destroy('acme');
    expect(await lab.processesOf()).toEqual([]);
  });

  it('adopts a process whose pid was not recorded before the old host died', async ({ lab }) => {
    await lab.provider().provision(specOf([web()]));
    const { pid } = await ask(lab.provider());
    await forgetPid(lab);
    const provider = lab.provider();
    await provider.start?.();
    await expect.poll(() => lab.pidOf('web')).toBe(pid);
    expect(await provider.getStatus('acme')).toMatchObject({ health: 'healthy', containers: [{ restart_count: 0 }] });
    await provider.destroy('acme');
    expect(await isRunning(pid)).toBe(false);
  });

  it('starts a container whose run was recorded but whose process never started', async ({ lab }) => {
    const first = lab.provider();
    await first.provision(specOf([worker()]));
    await first.close?.();
    const pid = await lab.pidOf('worker');
    process.kill(pid, 'SIGKILL');
    await forgetPid(lab, { spawned_at: Date.now() - 60_000, run_id: 'never-started' });
    const provider = lab.provider();
    await provider.start?.();
    await expect
      .poll(() => provider.getStatus('acme'), { timeout: 5000 })
      .toMatchObject({ health: 'healthy', containers: [{ restart_count: 0 }] });
    expect(await lab.processesOf()).toHaveLength(1);
  });

  it('leaves a foreign process alone that has the pid of a process that exited', async ({ lab }) => {
    const first = lab.provider();
    await first.provision(specOf([worker()]));
    const own = await lab.pidOf('worker');
    const stranger = spawn(process.execPath, [PROGRAM, 'idle'], { stdio: 'ignore', detached: true });
    try {
      await first.close?.();
      const record = await lab.record();
      Object.assign(record.instances[0]?.run ?? {}, { pid: stranger.pid, run_id: 'of-the-process-that-exited' });
      await writeFile(lab.recordFile(), JSON.stringify(record));
      process.kill(own, 'SIGKILL');
      const provider = lab.provider();
      expect((await provider.getStatus('acme')).state).toBe('starting');
      await provider.start?.();
      await expect.poll(async () => (await provider.getStatus('acme')).health, { timeout: 5000 }).toBe('healthy');
      await provider.destroy('acme');
      expect(stranger.signalCode).toBeNull();
      expect(await isRunning(stranger.pid ?? 0)).toBe(true);
    } finally {
      await kill(stranger);
    }
  });

  it('ends its own processes whose record is lost, and no others', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([worker()]));
    await provider.provision(specOf([worker()], { tenant_id: 'globex' }));
    const [lost, kept] = [await lab.pidOf('worker'), await lab.pidOf('worker', 'globex')];
    await writeFile(lab.recordFile(), '');
    await writeFile(join(lab.dir, 'process', 'globex', 'record.json.new'), '{"half":');
    const next = lab.provider();
    await next.start?.();
    await expect.poll(async () => (await next.getStatus('globex')).health).toBe('healthy');
    expect(await Promise.all([lost, kept].map(isRunning)), 'processes after a start with an unreadable record').toEqual(
      [true, true],
    );
    await next.destroy('acme');
    expect(await Promise.all([lost, kept].map(isRunning))).toEqual([false, true]);
    await writeFile(
      lab.recordFile('globex'),
      (await readFile(lab.recordFile('globex'), 'utf8')).replaceAll(/"run":\{[^}]*\},/g, ''),
    );
    await lab.provider().start?.();
    await expect.poll(() => isRunning(kept), { timeout: 5000 }).toBe(false);
  });

  it('continues an update that the old host had begun', async ({ lab }) => {
    const first = lab.provider({ ready_wait_seconds: 0.05 });
    await first.provision(specOf([web({ env: { VERSION: '1' } })]));
    await expect.poll(async () => (await first.getStatus('acme')).state, { timeout: 5000 }).toBe('running');
    const second = specOf([web({ env: { VERSION: '2' } })]);
    expect(await first.update('acme', second)).toMatchObject({ status: 'in_progress' });
    await first.close?.();
    const provider = lab.provider();
    await provider.start?.();
    await expect.poll(async () => (await ask(provider)).version, { timeout: 5000 }).toBe('2');
    await expect.poll(async () => (await lab.processesOf()).length, { timeout: 5000 }).toBe(1);
  });

  it('continues a destroy that the old host had begun', async ({ lab }) => {
    const first = lab.provider();
    await first.provision(specOf([worker()]));
    await first.close?.();
    await writeFile(lab.recordFile(), JSON.stringify({ ...(await lab.record()), phase: 'destroying' }));
    const provider = lab.provider();
    expect((await provider.getStatus('acme')).state).toBe('stopping');
    await provider.start?.();
    await expect.poll(() => Array.fromAsync(provider.list()), { timeout: 5000 }).toEqual([]);
    expect(await lab.processesOf()).toEqual([]);
  });
});

/** Starts a host, and waits until it has provisioned. */
async function startHost(lab: Lab, spec: TenantComputeSpec): Promise<ChildProcess> {
  const host = spawnHost(lab, spec);
  const [answer] = (await once(host.stdout, 'data')) as [Buffer];
  expect(answer.toString()).toBe('success\n');
  return host;
}

function spawnHost(lab: Lab, spec: TenantComputeSpec) {
  const args = [lab.dir, spec, QUICK].map((value) => JSON.stringify(value));
  const program = join(import.meta.dirname, 'host.ts');
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Rewrites the record to the state after the run was recorded and before its pid was. */
async function forgetPid(lab: Lab, instead: object = {}): Promise<void> {
  const record = await lab.record();
  const [instance] = record.instances;
  if (!instance?.run) throw new Error('the record has no run');
  const { pid: _, start_time: __, ...run } = instance.run;
  instance.run = { ...run, ...instead };
  await writeFile(lab.recordFile(), JSON.stringify(record));
}
