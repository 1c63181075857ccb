import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { expect, onTestFinished, test } from 'vitest';
import { sourceStackOf } from '../../../../functions/runtime/telemetry/source-stack.ts';

const SOURCE = `interface Given { value?: { size: number } }

export function sizeOf(given: Given): number {
  // A line that the bundle has not.
  const { value } = given;
  if (!value) throw new TypeError('there is no value');
  return value.size;
}
`;

/** What is thrown by a module that was written as a function's bundle is. */
async function thrownByBundle({ withMap }: { withMap: boolean }): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-stack-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const input = join(folder, 'src/size.ts');
  mkdirSync(join(folder, 'src'));
  writeFileSync(input, SOURCE);
  const file = join(folder, 'out/chunk.mjs');
  // Hidden, as those who run the tests look for maps, too.
  await build({ input, output: { file, minify: true, sourcemap: withMap && 'hidden' } });
  const { sizeOf } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  try {
    return sizeOf({});
  } catch (error) {
    return error;
  }
}

test('a stack from the bundle names the line of the source', async () => {
  const stack = sourceStackOf(await thrownByBundle({ withMap: true }));
  expect(stack).toMatch(/^TypeError: there is no value\n/);
  expect(stack).toContain('../src/size.ts:6:');
  expect(stack).not.toContain('chunk.mjs:1:');
});

test('without a map it is what it was', async () => {
  const error = await thrownByBundle({ withMap: false });
  expect(sourceStackOf(error)).toBe((error as Error).stack);
  expect(sourceStackOf(error)).toContain('chunk.mjs:1:');
});

test('what is no error has no stack', () => {
  expect(sourceStackOf('text')).toBeUndefined();
  expect(sourceStackOf(undefined)).toBeUndefined();
});
