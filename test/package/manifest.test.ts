import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageManifest } from '../../infra/package/manifest.ts';
import { readSourceFiles, readSyntax } from '../support/source-files.ts';

const root = new URL('../../', import.meta.url);
const clone = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const manifest = packageManifest(clone);

/** Folders that the package omits or ships bundled, or that are packages of their own. */
const omitted = /^src\/(?:client\/generator|cli\/provider-template|console)\/|^functions\/openapi\/|^infra\/package\//;

/** Returns the package of an imported file, such as `@aws-sdk/client-ecs`. */
function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

test('the package depends on exactly the packages that it imports', () => {
  const files = readSourceFiles(['src', 'functions', 'infra', 'test/conformance/rules']);
  const imported = files
    .filter(({ path }) => !omitted.test(path))
    .flatMap((file) => readSyntax(file).imports)
    .filter(({ target, isOurs }) => !isOurs && !target.startsWith('node:') && target !== '(computed)')
    .map(({ target }) => packageOf(target));
  // No entry exposes the types of aws-lambda. Declarations mention types of Node.
  const expected = new Set([...imported, '@types/node']);
  expected.delete('aws-lambda');
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  expect(Object.keys(declared).toSorted()).toEqual([...expected].toSorted());
  // Parsing every file takes long on a busy machine.
}, 120_000);

test('every entry of the clone is an entry of the package, compiled and with types', () => {
  expect(Object.keys(manifest.exports)).toEqual(Object.keys(clone.exports));
  expect(manifest.exports['./client']).toEqual({
    types: './src/client/index.d.ts',
    default: './src/client/index.js',
  });
  for (const file of Object.values<string>(clone.exports)) expect(existsSync(new URL(file, root)), file).toBe(true);
});

test('the manifest has no fields that concern only the clone', () => {
  expect(Object.keys(manifest)).not.toContain('scripts');
  expect(Object.keys(manifest)).not.toContain('devDependencies');
  expect(Object.keys(manifest)).not.toContain('workspaces');
});

test('a dependency that the clone does not declare is an error', () => {
  const { rolldown: _, ...devDependencies } = clone.devDependencies;
  expect(() => packageManifest({ ...clone, devDependencies })).toThrow('package.json has no devDependency rolldown');
});
