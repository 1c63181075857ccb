import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { isRunning, it, specOf, web, worker } from './lab.ts';

describe('destroy', () => {
  it('ends processes that ignore SIGTERM, their children, and children that ran away from the session', async ({
    lab,
  }) => {
    const provider = lab.provider();
    await provider.provision(
      specOf([
        worker({ name: 'a' }, 'stubborn', 'parent'),
        worker({ name: 'b' }, 'parent', 'runaway'),
        web({}, 'stubborn'),
      ]),
    );
    await expect.poll(async () => (await lab.processesOf()).length, { timeout: 5000 }).toBe(5);
    const pids = await lab.processesOf();
    await provider.destroy('acme');
    expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => false));
    await expect(access(join(lab.dir, 'process', 'acme'))).rejects.toThrow('ENOENT');
  });

  it('lets a process end by itself within the grace', async ({ lab }) => {
    const provider = lab.provider({ stop_grace_seconds: 600 });
    const command = [
      'node',
      '-e',
      'process.on("SIGTERM", () => process.exit()); console.log("up"); setInterval(() => 0, 1000)',
    ];
    await provider.provision(specOf([worker({ command })]));
    const pids = await lab.processesOf();
    expect(pids).toHaveLength(1);
    // Far less than the grace is over before the time of a test is.
    await provider.destroy('acme');
    expect(await Promise.all(pids.map(isRunning))).toEqual([false]);
  });

  it('of nothing succeeds, also twice and at the same time', async ({ lab }) => {
    const provider = lab.provider();
    await provider.destroy('nobody');
    await provider.provision(specOf([worker()]));
    await Promise.all([provider.destroy('acme'), lab.provider().destroy('acme')]);
    await provider.destroy('acme');
    expect(await Array.fromAsync(provider.list())).toEqual([]);
  });

  it('is not stopped by cancellation', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([worker()]));
    await provider.destroy('acme', { signal: AbortSignal.abort() });
    expect(await lab.processesOf()).toEqual([]);
  });

  it('wins over a provision that is under way', async ({ lab }) => {
    const provider = lab.provider();
    const provision = provider.provision(specOf([web({}, 'sick')]));
    provision.catch(() => undefined);
    await expect.poll(() => lab.pidOf('web').catch(() => 0), { timeout: 5000 }).toBeGreaterThan(0);
    await lab.provider().destroy('acme');
    await expect(provision).rejects.toThrow('destroyed meanwhile');
    expect(await lab.processesOf()).toEqual([]);
  });

  it('ends the processes of a tenant whose folder is lost', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([worker()]));
    await provider.close?.();
    await rm(dirname(lab.recordFile()), { recursive: true });
    await lab.provider().destroy('acme');
    expect(await lab.processesOf()).toEqual([]);
  });

  it('removes what a provision left that died before it wrote a record', async ({ lab }) => {
    const folder = dirname(lab.recordFile());
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'record.json.new'), '{"version":1,');
    const provider = lab.provider();
    expect(await Array.fromAsync(provider.list())).toEqual([]);
    await provider.destroy('acme');
    await expect(access(folder)).rejects.toThrow('ENOENT');
  });
});

describe('what a host that was killed at its beginning left', () => {
  it('goes when the next one starts, and what is somebody else’s stays', async ({ lab }) => {
    const folderOf = (name: string) => join(lab.dir, 'process', name);
    for (const name of ['empty', 'begun', 'theirs']) await mkdir(folderOf(name), { recursive: true });
    await writeFile(join(folderOf('begun'), 'record.json.new'), '{"version":');
    await writeFile(join(folderOf('theirs'), 'thesis.txt'), 'somebody needs this');
    const provider = lab.provider();
    await provider.start?.();
    await expect(access(folderOf('empty'))).rejects.toThrow('ENOENT');
    await expect(access(folderOf('begun'))).rejects.toThrow('ENOENT');
    await access(join(folderOf('theirs'), 'thesis.txt'));
  });
});
