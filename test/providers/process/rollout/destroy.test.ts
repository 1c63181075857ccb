import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { isRunning, it, specOf, web, worker } from '../lab.ts';

describe('destroy', () => {
  it('ends processes that ignore SIGTERM, their children, and children that left the session', async ({ lab }) => {
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

  it('lets a process exit by itself within the grace period', async ({ lab }) => {
    const provider = lab.provider({ stop_grace_seconds: 600 });
    const command = [
      'node',
      '-e',
      'process.on("SIGTERM", () => process.exit()); console.log("up"); setInterval(() => 0, 1000)',
    ];
    await provider.provision(specOf([worker({ command })]));
    const pids = await lab.processesOf();
    expect(pids).toHaveLength(1);
    // The time-out of the test is far shorter than the grace period.
    await provider.destroy('acme');
    expect(await Promise.all(pids.map(isRunning))).toEqual([false]);
  });

  it('overrides a provision that is in progress', async ({ lab }) => {
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

  it('removes the remains of a provision that was killed before it wrote a record', async ({ lab }) => {
    const folder = dirname(lab.recordFile());
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'record.json.new'), '{"version":1,');
    const provider = lab.provider();
    expect(await Array.fromAsync(provider.list())).toEqual([]);
    await provider.destroy('acme');
    await expect(access(folder)).rejects.toThrow('ENOENT');
  });
});

describe('the remains of a host that was killed during its first write', () => {
  it('are removed when the next host starts, and foreign folders stay', async ({ lab }) => {
    const folderOf = (name: string) => join(lab.dir, 'process', name);
    for (const name of ['empty', 'begun', 'theirs']) await mkdir(folderOf(name), { recursive: true });
    await writeFile(join(folderOf('begun'), 'record.json.new'), '{"version":');
    await writeFile(join(folderOf('theirs'), 'thesis.txt'), 'a file of another program');
    const provider = lab.provider();
    await provider.start?.();
    await expect(access(folderOf('empty'))).rejects.toThrow('ENOENT');
    await expect(access(folderOf('begun'))).rejects.toThrow('ENOENT');
    await access(join(folderOf('theirs'), 'thesis.txt'));
  });
});
