import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lastLines, linesAfter, READ_BYTES, tailLines } from '../../../../src/providers/process/logs/log-lines.ts';
import { LogWriter, TENANT_LOG_BYTES } from '../../../../src/providers/process/logs/log-writer.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-writer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const block = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(64));

function sizeOfAll(): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

describe('a rotation', () => {
  test('loses no byte, and offsets count on', async () => {
    const file = join(folder, 'web.log');
    const writer = new LogWriter(file);
    writer.write(Buffer.from('first\n'));
    const { end } = await lastLines(file, 100);
    for (let count = 0; count < 90; count += 1) writer.write(block);
    writer.write(Buffer.from('last\n'));
    writer.close();
    expect(readdirSync(folder)).toHaveLength(2);
    const { lines } = await linesAfter(file, end, 20 * 1024 * 1024);
    expect(lines).toHaveLength(90 * 64 + 1);
    expect(await tailLines(file, 1)).toEqual(['last']);
  });

  test('keeps all logs of a tenant together within their limit', () => {
    const writers = ['one', 'two', 'three'].map((name) => new LogWriter(join(folder, `${name}.log`)));
    for (const writer of [...writers, ...writers]) for (let count = 0; count < 180; count += 1) writer.write(block);
    for (const writer of writers) writer.close();
    expect(sizeOfAll()).toBeLessThanOrEqual(TENANT_LOG_BYTES);
    expect(sizeOfAll()).toBeGreaterThan(TENANT_LOG_BYTES / 3);
  });
});

test('a line beyond the limit tells how much is missing, and is whole for readers', async () => {
  const file = join(folder, 'web.log');
  const writer = new LogWriter(file);
  for (let count = 0; count < 5; count += 1) writer.write(Buffer.alloc(64 * 1024, 'y'));
  writer.write(Buffer.from('end\nnext\n'));
  writer.close();
  const [long = '', next] = (await lastLines(file, READ_BYTES)).lines.map(({ text }) => text);
  expect(long.replace(/^y+/, '')).toBe(`… (${3 * 64 * 1024 + 3} bytes more)`);
  expect(next).toBe('next');
});

test('a link in the place of a log is replaced, and a log that was removed is made again', async () => {
  const file = join(folder, 'web.log');
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere', 'precious'), file);
  const writer = new LogWriter(file);
  writer.write(Buffer.from('one\n'));
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
  unlinkSync(file);
  writer.write(Buffer.from('two\n'));
  writer.close();
  expect(await tailLines(file, 10)).toEqual(['two']);
});

describe('a full disk', () => {
  /** Fails as a file system does that has room for so many bytes, of which nothing is freed but what was emptied. */
  function diskOf(capacity: number) {
    const disk = { capacity };
    return Object.assign(disk, {
      append(descriptor: number, bytes: Buffer, offset: number): number {
        const room = disk.capacity - sizeOfAll();
        if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return writeSync(descriptor, bytes, offset, Math.min(bytes.length - offset, room));
      },
    });
  }

  test('costs the rotated output first, and then older output: the newest lines are there', async () => {
    const disk = diskOf(2 * 1024 * 1024);
    const file = join(folder, 'web.log');
    const writer = new LogWriter(file, disk.append);
    for (let count = 0; count < 100; count += 1) writer.write(block);
    writer.write(Buffer.from('newest\n'));
    writer.close();
    expect(await tailLines(file, 1)).toEqual(['newest']);
    expect(readFileSync(file).includes('missing')).toBe(false);
  });

  test('that takes nothing drops output, and says how much once it takes some again', async () => {
    const disk = diskOf(0);
    const file = join(folder, 'web.log');
    const writer = new LogWriter(file, disk.append);
    writer.write(Buffer.from('lost\n'));
    writer.write(Buffer.from('lost, too\n'));
    disk.capacity = 1024;
    writer.write(Buffer.from('after\n'));
    writer.close();
    const lost = '[berth: 15 bytes of output are missing: the disk was full]';
    expect(await tailLines(file, 10)).toEqual(['', lost, 'after']);
  });
});
