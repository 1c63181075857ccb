import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeDeadLocks, withLock } from '../../../../src/providers/process/records/tenant-lock.ts';
import { lookUp } from '../../../../src/providers/process/supervise/process-table.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-lock-'));
});
afterEach(() => rm(dir, { recursive: true }));

const LOCK = join(import.meta.dirname, '../../../../src/providers/process/records/tenant-lock.ts');

describe('withLock', () => {
  it('admits one caller at a time, in order, and continues after an error', async () => {
    const file = join(dir, 'acme');
    const order: string[] = [];
    const enter = (name: string) =>
      withLock(file, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
        if (name === 'b') throw new Error('b fails');
      });
    const results = await Promise.allSettled(['a', 'b', 'c'].map(enter));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(await readdir(dir)).toEqual([]);
  });

  it('admits one process at a time', async () => {
    const counter = join(dir, 'counter');
    await writeFile(counter, '0');
    const program = `
      import { removeDeadLocks, withLock } from ${JSON.stringify(LOCK)};
      import { readFile, writeFile } from 'node:fs/promises';
      const counter = ${JSON.stringify(counter)};
      for (let n = 0; n < 25; n += 1)
        await withLock(counter + '.lock', async () => {
          await writeFile(counter, String(1 + Number(await readFile(counter, 'utf8'))));
        });
      process.exit(Number(await readFile(counter, 'utf8')) > 75 ? 1 : 0);`;
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0, 0]);
    expect(await readFile(counter, 'utf8')).toBe('75');
  });

  it.each([
    ['is dead', 2 ** 22 + 1, 'any time'],
    ['has the pid of another process now', process.pid, 'long ago'],
  ])('is taken over from a holder that %s', async (_, pid, startTime) => {
    const file = join(dir, 'acme');
    await writeFile(file, JSON.stringify([pid, startTime, 'x']));
    expect(await withLock(file, async () => 'in')).toBe('in');
  });

  it.each(['', '[12', '\xb6garbled', 'null', '{}', '["x"]'])(
    'is taken over where it names no holder: %j',
    async (text) => {
      const file = join(dir, 'acme');
      await writeFile(file, text);
      expect(await withLock(file, async () => 'in')).toBe('in');
      expect(await readdir(dir)).toEqual([]);
    },
  );

  it('is taken over where a folder has its name', async () => {
    const file = join(dir, 'acme');
    await mkdir(join(file, 'x'), { recursive: true });
    expect(await withLock(file, async () => 'in')).toBe('in');
    expect(await readdir(dir)).toEqual([]);
  });

  it('that another holder has meanwhile is not released, and a lost one harms nothing', async () => {
    const file = join(dir, 'acme');
    expect(await withLock(file, () => writeFile(file, 'of another'))).toBeUndefined();
    expect(await readFile(file, 'utf8')).toBe('of another');
    expect(await withLock(file, () => rm(file))).toBeUndefined();
  });

  it('of the dead are removed from a folder, and that of the living stays', async () => {
    await writeFile(join(dir, 'dead'), JSON.stringify([2 ** 22 + 1, 'x', 'x']));
    await writeFile(join(dir, 'dead.try'), '');
    await writeFile(join(dir, 'alive'), JSON.stringify([process.pid, (await lookUp(process.pid))?.start_time, 'x']));
    await removeDeadLocks(dir);
    expect(await readdir(dir)).toEqual(['alive']);
  });

  it('waits for a live holder', async () => {
    const file = join(dir, 'acme');
    await writeFile(file, JSON.stringify([process.pid, (await lookUp(process.pid))?.start_time, 'x']));
    let isIn = false;
    const entered = withLock(file, async () => {
      isIn = true;
    });
    await expect.poll(async () => (await readdir(dir)).length).toBe(2);
    expect(isIn).toBe(false);
    await rm(file);
    await entered;
    expect(isIn).toBe(true);
  });
});
