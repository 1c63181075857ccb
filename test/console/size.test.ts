import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleConsole } from '../../infra/bundle/bundle-console.ts';

/** Bytes, compressed. */
const ALL = 60 * 1024;
const FIRST_ROOM = 30 * 1024;

test('the console has at most 60 KB in all and 30 KB before its first room is drawn, compressed', async () => {
  const files = await bundleConsole();
  const sizes = files.map(({ path, content }) => ({ path, bytes: gzipSync(content).length }));
  const sum = (counted: typeof sizes) => counted.reduce((total, { bytes }) => total + bytes, 0);
  expect(files.length).toBeGreaterThan(5);
  expect(sum(sizes)).toBeLessThanOrEqual(ALL);
  const others = /assets\/(?!fleet)[a-z]+-room-/;
  expect(sum(sizes.filter(({ path }) => !others.test(path)))).toBeLessThanOrEqual(FIRST_ROOM);
});

test('bundling the same source twice makes the same files', async () => {
  expect(await bundleConsole()).toEqual(await bundleConsole());
});
