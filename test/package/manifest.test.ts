import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageManifest } from '../../infra/package/manifest.ts';
import { readSourceFiles, readSyntax } from '../support/source-files.ts';

const root = new URL('../../', import.meta.url);
const clone = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const manifest = packageManifest(clone);

/** Stay behind: what only makes files of the repository. */
const leftBehind = /^src\/client\/generator\/|^functions\/openapi\/|^infra\/package\//;

/** `@aws-sdk/client-ecs`, of whichever of its files. */
function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

test('what the package imports is what it depends on, and nothing else is', () => {
  const files = readSourceFiles(['src', 'functions', 'infra', 'test/conformance/rules']);
  const imported = files
    .filter(({ path }) => !leftBehind.test(path))
    .flatMap((file) => readSyntax(file).imports)
    .filter(({ target, isOurs }) => !isOurs && !target.startsWith('node:') && target !== '(computed)')
    .map(({ target }) => packageOf(target));
  // Only its types are used, and none of the entries shows them; the files of swagger-ui-dist are found, not imported.
  const expected = new Set([...imported, 'swagger-ui-dist']);
  expected.delete('aws-lambda');
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  expect(Object.keys(declared).toSorted()).toEqual([...expected].toSorted());
  // Every file is parsed, for which a busy machine takes its time.
}, 120_000);

test('every entry of the clone is one of the package, compiled and with types', () => {
  expect(Object.keys(manifest.exports)).toEqual(Object.keys(clone.exports));
  expect(manifest.exports['./client']).toEqual({
    types: './src/client/index.d.ts',
    default: './src/client/index.js',
  });
  for (const file of Object.values<string>(clone.exports)) expect(existsSync(new URL(file, root)), file).toBe(true);
});

test('nothing that is about the clone gets into it', () => {
  expect(Object.keys(manifest)).not.toContain('scripts');
  expect(Object.keys(manifest)).not.toContain('devDependencies');
  expect(Object.keys(manifest)).not.toContain('workspaces');
});

test('a package that it is to depend on has to be known to the clone', () => {
  const { rolldown: _, ...devDependencies } = clone.devDependencies;
  expect(() => packageManifest({ ...clone, devDependencies })).toThrow('package.json has no devDependency rolldown');
});
