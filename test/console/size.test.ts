import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleConsole } from '../../infra/bundle/bundle-console.ts';

/** Bytes, compressed. */
const ALL = 60 * 1024;
const FIRST_ROOM = 30 * 1024;

/** Returns the scripts that the entry and the fleet load: what they import, and what that imports. */
function loadedFirst(files: Awaited<ReturnType<typeof bundleConsole>>): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    const content = files.find((file) => file.path === path)?.content ?? '';
    for (const [, name] of content.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)) add(`assets/${name}`);
  };
  for (const { path } of files) if (/assets\/(?:console|fleet-room)-.*\.js$/.test(path)) add(path);
  return found;
}

test('the console has at most 60 KB in all and 30 KB before its first room is drawn, compressed', async () => {
  const files = await bundleConsole();
  const sizes = files.map(({ path, content }) => ({ path, bytes: gzipSync(content).length }));
  const sum = (counted: typeof sizes) => counted.reduce((total, { bytes }) => total + bytes, 0);
  expect(files.length).toBeGreaterThan(5);
  expect(sum(sizes)).toBeLessThanOrEqual(ALL);
  const first = loadedFirst(files);
  expect(first.size).toBeGreaterThan(3);
  expect(sum(sizes.filter(({ path }) => !path.endsWith('.js') || first.has(path)))).toBeLessThanOrEqual(FIRST_ROOM);
});

test('bundling the same source twice makes the same files', async () => {
  expect(await bundleConsole()).toEqual(await bundleConsole());
});
