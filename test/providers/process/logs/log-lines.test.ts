import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rotateLog } from '../../../../src/providers/process/logs/log-file.ts';
import { excerpt, lastLines, linesAfter, tailLines } from '../../../../src/providers/process/logs/log-lines.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-logs-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function logOf(text: string): Promise<string> {
  const file = join(await mkdtemp(join(dir, 'log-')), 'web.log');
  await writeFile(file, text);
  return file;
}

describe('tailLines', () => {
  it('returns the newest lines, oldest first', async () => {
    const file = await logOf('one\ntwo\n\nfour\nunfinished');
    expect(await tailLines(file, 3)).toEqual(['', 'four', 'unfinished']);
    expect(await tailLines(file, 100)).toHaveLength(5);
    expect(await tailLines(file, 0)).toEqual([]);
    expect(await tailLines(join(dir, 'none'), 3)).toEqual([]);
  });

  it('returns no partial line from the middle of a large log', async () => {
    const file = await logOf(`${'x'.repeat(300_000)}\nlast\n`);
    expect(await tailLines(file, 100)).toEqual(['last']);
  });
});

describe('linesAfter', () => {
  const texts = ({ lines }: { lines: { text: string }[] }) => lines.map(({ text }) => text);

  it('continues after the last page, and returns a line once it is whole or no longer written to', async () => {
    const file = await logOf('one\ntwo\nunfin');
    const first = await lastLines(file, 1000);
    expect(texts(first)).toEqual(['one', 'two']);
    await appendFile(file, 'ished\r\nfour');
    const second = await linesAfter(file, first.end, 1000);
    expect(texts(second)).toEqual(['unfinished']);
    await utimes(file, new Date(), new Date(Date.now() - 5000));
    const third = await linesAfter(file, second.end, 1000);
    expect(texts(third)).toEqual(['four']);
    expect(texts(await linesAfter(file, third.end, 1000))).toEqual([]);
  });

  it('returns a line longer than one read in parts, and nothing beyond the end', async () => {
    const file = await logOf(`${'x'.repeat(25)}\nend\n`);
    const lengths: number[] = [];
    for (let place = 0; place < 30; ) {
      const { lines, end } = await linesAfter(file, place, 10);
      lengths.push(...lines.map(({ text }) => text.length));
      place = end;
    }
    expect(lengths).toEqual([10, 10, 5, 3]);
    expect(await linesAfter(file, 1e9, 10)).toEqual({ lines: [], end: 30 });
    expect(texts(await linesAfter(join(dir, 'none'), 7, 10))).toEqual([]);
  });

  it('keeps offsets over rotations, and skips dropped lines and the rest of a cut one', async () => {
    const line = `${'y'.repeat(1023)}\n`;
    const file = await logOf(line.repeat(5 * 1024));
    const { end: place } = await lastLines(file, 1000);
    await appendFile(file, 'more\n');
    await rotateLog(file);
    await appendFile(file, 'newest\n');
    expect(texts(await linesAfter(file, place, 1000))).toEqual(['more', 'newest']);
    expect(texts(await linesAfter(file, 0, 2048))[0]).toHaveLength(1023);
    await writeFile(file, line.repeat(6 * 1024));
    await rotateLog(file);
    await appendFile(file, 'last\n');
    const { lines, end } = await linesAfter(file, place, 1024 * 1024 * 20);
    expect(lines).toHaveLength(5 * 1024); // the first may have been cut
    expect(lines.at(-1)?.text).toBe('last');
    expect(end).toBe(5 * 1024 * 1024 + 'more\n'.length + 6 * 1024 * 1024 + 'last\n'.length);
  });
});

describe('rotateLog', () => {
  it('copies the end of a log that grew too large, and truncates it in place', async () => {
    const line = `${'y'.repeat(1023)}\n`;
    const file = await logOf(line.repeat(6 * 1024));
    await rotateLog(file);
    expect((await stat(file)).size).toBe(0);
    expect((await stat(`${file}.${6 * 1024 * 1024}`)).size).toBe(5 * 1024 * 1024);
    await appendFile(file, 'fresh\n');
    expect((await tailLines(file, 2)).map((text) => text.length)).toEqual([1023, 5]);
    await rotateLog(file);
    expect((await stat(file)).size).toBe(6);
  });
});

describe('a link or pipe in the place of a log', () => {
  it('is not read', async () => {
    const secret = await logOf('secret\n');
    const linked = await logOf('');
    await rm(linked);
    await symlink(secret, linked);
    const piped = join(await mkdtemp(join(dir, 'log-')), 'web.log');
    execFileSync('mkfifo', [piped]);
    for (const file of [linked, piped]) {
      expect(await tailLines(file, 10)).toEqual([]);
      expect(await linesAfter(file, 0, 1000)).toEqual({ lines: [], end: 0 });
    }
  });

  it('is not read in the place of a rotated part', async () => {
    const file = await logOf('cut\nown\n');
    await symlink(await logOf('secret\n'), `${file}.7`);
    expect(await tailLines(file, 10)).toEqual(['own']);
  });

  it('is neither truncated nor written to by a rotation', async () => {
    const text = `${'y'.repeat(1023)}\n`.repeat(6 * 1024);
    const precious = await logOf(text);
    const linked = `${precious}.link`;
    await symlink(precious, linked);
    await rotateLog(linked);
    const file = await logOf(text);
    await symlink(precious, `${file}.new`);
    await rotateLog(file);
    expect((await stat(file)).size).toBe(0);
    expect(await readFile(precious, 'utf8')).toBe(text);
  });
});

describe('excerpt', () => {
  it('is bounded in bytes, without confidential values and control characters', async () => {
    const file = await logOf(`${'é'.repeat(3000)}\n\u001b[31mred\u001b[0m \u0007token=s3cret-value\u202e\n`);
    const text = await excerpt(file, ['s3cret-value'], 101);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(101 + '…'.length * 3);
    expect(text).toMatch(/^…é+\nred token=\[redacted\]$/);
  });
});
