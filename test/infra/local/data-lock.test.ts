import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandError } from '../../../infra/local/command-error.ts';
import { lockDataDir } from '../../../infra/local/data-lock.ts';
import { temporaryDirectory } from './fixture.ts';

test('the second to come is refused by name, until the first has gone', async () => {
  const directory = temporaryDirectory();
  const release = await lockDataDir(directory);
  await expect(lockDataDir(directory)).rejects.toThrow(CommandError);
  await expect(lockDataDir(directory)).rejects.toThrow(`process ${process.pid}`);
  release();
  (await lockDataDir(directory))();
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 30, started: 'x' })],
  ['of a process whose id belongs to another now', JSON.stringify({ pid: process.pid, started: 'long ago' })],
  ['that was cut off', '{"pid":'],
  ['that is no lock', '[]'],
  ['that is empty', ''],
])('a lock %s is taken over', async (_, content) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'host.lock');
  writeFileSync(path, content);
  const release = await lockDataDir(directory);
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  release();
  expect(readdirSync(directory)).toEqual([]);
});

test('of many who come at once to a stale lock, one gets it', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'host.lock'), '{}');
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDir(directory)));
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});

test('who has lost the lock does not take it from the new holder', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'host.lock');
  const release = await lockDataDir(directory);
  writeFileSync(path, '{"pid":1}');
  release();
  expect(existsSync(path)).toBe(true);
});
