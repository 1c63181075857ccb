import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { expect, onTestFinished, test } from 'vitest';
import { sourceStackOf } from '../../../../functions/runtime/telemetry/source-stack.ts';

const SOURCE = `interface Given { value?: { size: number } }

export function sizeOf(given: Given): number {
  // The bundle does not have this line.
  const { value } = given;
  if (!value) throw new TypeError('there is no value');
  return value.size;
}
`;

/** Returns the error that a module throws after it was bundled like a function. */
async function thrownByBundle({ withMap }: { withMap: boolean }): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-stack-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const input = join(folder, 'src/size.ts');
  mkdirSync(join(folder, 'src'));
  writeFileSync(input, SOURCE);
  const file = join(folder, 'out/chunk.mjs');
  // Hidden, because vitest looks for maps too.
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

test('without a map, the stack is unchanged', async () => {
  const error = await thrownByBundle({ withMap: false });
  expect(sourceStackOf(error)).toBe((error as Error).stack);
  expect(sourceStackOf(error)).toContain('chunk.mjs:1:');
});

test('a value that is no error has no stack', () => {
  expect(sourceStackOf('text')).toBeUndefined();
  expect(sourceStackOf(undefined)).toBeUndefined();
});
