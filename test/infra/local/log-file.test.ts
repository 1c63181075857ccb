import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextCycle } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLogFile } from '../../../infra/local/log-file.ts';

let dataDir = '';

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'berth-log-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dataDir, { recursive: true, force: true });
});

test('lines are in the file after the cycle of the event loop that wrote them, behind those of earlier starts', async () => {
  for (const start of [1, 2]) {
    const log = openLogFile(dataDir);
    log.write(`${start}: one`);
    log.write(`${start}: two`);
    await nextCycle();
    expect(readFileSync(log.path, 'utf8')).toMatch(new RegExp(`${start}: one\n${start}: two\n$`));
    log.close();
  }
  expect(readFileSync(join(dataDir, 'berth.log'), 'utf8')).toBe('1: one\n1: two\n2: one\n2: two\n');
});

test('closing writes the pending lines, and drops later ones', async () => {
  const log = openLogFile(dataDir);
  log.write('last');
  log.close();
  log.write('too late');
  await nextCycle();
  log.close();
  expect(readFileSync(log.path, 'utf8')).toBe('last\n');
});

test.skipIf(process.platform !== 'linux')('a full disk is reported once, and ends nothing', async () => {
  symlinkSync('/dev/full', join(dataDir, 'berth.log'));
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const log = openLogFile(dataDir);
  for (const line of ['one', 'two']) {
    log.write(line);
    await nextCycle();
  }
  log.close();
  expect(written.mock.calls).toEqual([[expect.stringMatching(/^The log cannot be written: .*ENOSPC/)]]);
});

test('a file that reaches its limit becomes the one before, so that both are bounded', async () => {
  const log = openLogFile(dataDir, { maxBytes: 1000 });
  for (let n = 100; n < 400; n += 1) {
    log.write(`line ${n}`);
    await nextCycle();
    expect(statSync(log.path).size).toBeLessThanOrEqual(1000);
  }
  log.close();
  const both = ['berth.log.1', 'berth.log'].map((name) => readFileSync(join(dataDir, name), 'utf8')).join('');
  expect(both.split('\n').slice(0, -1).at(-1)).toBe('line 399');
  expect(both.split('\n').length).toBeGreaterThan(100);
  expect(readdirSync(dataDir).sort()).toEqual(['berth.log', 'berth.log.1']);
});

test('a file that is removed while the host runs is made again at the next rotation', async () => {
  const log = openLogFile(dataDir, { maxBytes: 100 });
  log.write('x'.repeat(90));
  await nextCycle();
  rmSync(log.path);
  log.write('next');
  log.write('x'.repeat(20));
  log.close();
  expect(readFileSync(log.path, 'utf8')).toMatch(/^next\n/);
});

test('after a full disk the first line tells how many are missing', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  let isFull = true;
  const append = (file: number, text: string) => {
    if (!isFull) return appendFileSync(file, text);
    appendFileSync(file, text.slice(0, 4)); // a part of it still fits
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  const log = openLogFile(dataDir, { append });
  log.write('{"first":1}');
  log.write('{"second":1}');
  await nextCycle();
  isFull = false;
  log.write('{"third":1}');
  log.close();
  const [torn, loss, third] = readFileSync(log.path, 'utf8').split('\n');
  expect([torn, third]).toEqual(['{"fi', '{"third":1}']);
  expect(JSON.parse(loss ?? '')).toMatchObject({ message: 'lines lost', lost: 2 });
  expect(written).toHaveBeenCalledOnce();
});

test.each(['a folder', 'closed'])('a log that is %s does not stop the host', async (state) => {
  const path = join(dataDir, 'berth.log');
  if (state === 'a folder') mkdirSync(join(path, 'x'), { recursive: true });
  else writeFileSync(path, '', { mode: 0 });
  const log = openLogFile(dataDir);
  log.write('one');
  log.close();
  expect(readFileSync(path, 'utf8')).toBe('one\n');
});
