import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { excerpt, redact, rotateLog, stripControls, tailLines } from '../../../src/providers/process/logs.ts';

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
  it('gives the newest lines, oldest first', async () => {
    const file = await logOf('one\ntwo\n\nfour\nunfinished');
    expect(await tailLines(file, 3)).toEqual(['', 'four', 'unfinished']);
    expect(await tailLines(file, 100)).toHaveLength(5);
    expect(await tailLines(file, 0)).toEqual([]);
    expect(await tailLines(join(dir, 'none'), 3)).toEqual([]);
  });

  it('gives no half of a line where it begins in the middle of a large log', async () => {
    const file = await logOf(`${'x'.repeat(300_000)}\nlast\n`);
    expect(await tailLines(file, 100)).toEqual(['last']);
  });
});

describe('rotateLog', () => {
  it('moves the newest of a log that grew too large, and empties it in place', async () => {
    const line = `${'y'.repeat(1023)}\n`;
    const file = await logOf(line.repeat(6 * 1024));
    await rotateLog(file);
    expect((await stat(file)).size).toBe(0);
    expect((await stat(`${file}.1`)).size).toBe(5 * 1024 * 1024);
    await appendFile(file, 'fresh\n');
    expect((await tailLines(file, 2)).map((text) => text.length)).toEqual([1023, 5]);
    await rotateLog(file);
    expect((await stat(file)).size).toBe(6);
  });
});

describe('redact', () => {
  it('hides values wherever they are, the longest first, and each line of a value with several', () => {
    const values = ['hunter2', 'hunter2-and-more', '-----BEGIN-----\nMIIEpAIBAAKCAQEA\n', 'no', ''];
    expect(redact('pw=hunter2 hunter2-and-more\nMIIEpAIBAAKCAQEA no', values)).toBe(
      'pw=[redacted] [redacted]\n[redacted] no',
    );
  });

  it('leaves no value of four characters or more, whatever text it stands in', () => {
    const value = fc.string({ minLength: 4, maxLength: 20, unit: fc.constantFrom('a', 'b', '$', '&', '\\') });
    const texts = fc.array(fc.oneof(value, fc.constantFrom(' ', 'x')), { maxLength: 10 });
    fc.assert(
      fc.property(value, texts, (secret, parts) => {
        expect(redact([...parts, secret, ...parts].join(' | '), [secret])).not.toContain(secret);
      }),
    );
  });
});

describe('excerpt', () => {
  it('is bounded in bytes, without values and without control characters', async () => {
    const file = await logOf(`${'é'.repeat(3000)}\n\u001b[31mred\u001b[0m \u0007token=s3cret-value\u202e\n`);
    const text = await excerpt(file, ['s3cret-value'], 101);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(101 + '…'.length * 3);
    expect(text).toMatch(/^…é+\nred token=\[redacted\]$/);
  });
});

describe('stripControls', () => {
  it('keeps text, tabs and newlines', () => {
    expect(stripControls('a\tb\nc\r\u0000\u2028d é 漢')).toBe('a\tb\ncd é 漢');
  });
});
