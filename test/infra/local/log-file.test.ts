import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
