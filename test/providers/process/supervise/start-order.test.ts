import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { HASTY, it, type Lab, QUICK, specOf, web, worker } from '../lab.ts';

const HOST = join(import.meta.dirname, 'host.ts');

/** A container that runs once, and leaves its name in the file of a lab. */
function setup(lab: Lab, then = 'true', more: object = {}) {
  const command = ['sh', '-c', `echo $0 >> ${fileOf(lab)}; ${then}`, 'setup'];
  return { name: 'setup', run: 'once', command, ...more };
}

function fileOf({ dir }: Lab): string {
  return join(dir, 'order');
}

async function linesOf(lab: Lab): Promise<string[]> {
  return (await readFile(fileOf(lab), 'utf8').catch(() => '')).split('\n').filter(Boolean);
}

describe('a container that runs once', () => {
  it('fails its version with its exit code and its last output', async ({ lab }) => {
    const spec = specOf([worker(), setup(lab, 'echo no such table; exit 4')]);
    await expect(lab.provider().provision(spec)).rejects.toThrow(
      'container setup exited with code 4; its last output:\nno such table',
    );
    expect(await lab.processesOf()).toEqual([]);
  });

  it('that never ends is named when the time is over, and those that wait for it are not blamed', async ({ lab }) => {
    const spec = specOf([worker(), setup(lab, 'sleep 1000')], HASTY);
    const provision = lab.provider().provision(spec);
    await expect(provision).rejects.toThrow('container setup runs once, and did not end within 2 seconds');
    await expect(provision).rejects.not.toThrow('worker');
  });

  it('runs again after a kill of the host that would have seen it end, and never after it was seen', async ({
    lab,
  }) => {
    const gate = join(lab.dir, 'gate');
    const spec = specOf([worker(), setup(lab, `while [ ! -e ${gate} ]; do sleep 0.02; done`)]);
    const defaults = { ...QUICK, ready_wait_seconds: 0 };
    const host = spawn(process.execPath, [HOST, ...[lab.dir, spec, defaults].map((part) => JSON.stringify(part))]);
    // Until its pid is recorded, the host may have paused the process to move it into its cgroup.
    await expect.poll(() => lab.pidOf('setup'), { timeout: 40_000 }).toBeGreaterThan(0);
    host.kill('SIGKILL');
    await once(host, 'exit');
    await writeFile(gate, '');
    await expect.poll(() => lab.processesOf()).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      await lab.provider().provision(spec);
      expect(await linesOf(lab), 'runs, one of which was not seen to end').toEqual(['setup', 'setup']);
    }
  });

  it('holds back an update while the old version keeps its requested port', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([web()]));
    const pid = await lab.pidOf('web');
    const failing = specOf([web({ env: { VERSION: '2' } }), setup(lab, 'exit 1')]);
    await expect(provider.update('acme', failing)).rejects.toThrow('setup exited with code 1');
    expect(await lab.pidOf('web')).toBe(pid);
  });
});

it('after starts a container once others are healthy, and a crash later waits for none', async ({ lab }) => {
  const provider = lab.provider();
  const seed = setup(lab, 'true', { name: 'seed', after: ['web'] });
  const late = worker({ name: 'late', after: ['seed'] });
  await provider.provision(specOf([late, seed, web(), setup(lab)]));
  const { instances } = await lab.record();
  const began = Object.fromEntries(instances.map(({ container, run }) => [container, run?.spawned_at ?? 0]));
  expect(began.late).toBeGreaterThan(began.web ?? 0);
  expect(await linesOf(lab)).toEqual(['setup', 'setup']);
  const before = await lab.pidOf('late');
  await provider.start?.();
  process.kill(before, 'SIGKILL');
  await expect.poll(() => lab.pidOf('late')).not.toBe(before);
  expect(await linesOf(lab)).toEqual(['setup', 'setup']);
  expect(await provider.getStatus('acme')).toMatchObject({ state: expect.stringMatching(/running|starting/) });
});
