import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { REGISTRY_HOST, registryIssues, registryOf } from '../../src/compute/image-registries.ts';
import { isImageReference } from '../../src/compute/spec/names.ts';

test.each([
  ['nginx', 'docker.io'],
  ['nginx:1.27@sha256:0123456789abcdef0123456789abcdef', 'docker.io'],
  ['acme/web:1', 'docker.io'],
  ['docker.io/acme/web', 'docker.io'],
  ['index.docker.io/acme/web', 'docker.io'],
  ['ghcr.io/acme/web', 'ghcr.io'],
  ['GHCR.io/acme/web', 'ghcr.io'],
  ['localhost/web', 'localhost'],
  ['169.254.169.254/latest/meta-data', '169.254.169.254'],
  ['internal:80/web', 'internal:80'],
  ['registry.example.com:5000/a/b@sha256:0123456789abcdef0123456789abcdef', 'registry.example.com:5000'],
])('%s is in the registry %s', (reference, host) => {
  expect(isImageReference(reference)).toBe(true);
  expect(registryOf(reference)).toBe(host);
});

test('each image of another registry is an issue, unless there is no list', () => {
  const containers = ['nginx', 'ghcr.io/acme/web', 'docker.io.example/web', 'ghcr.io:443/web'].map((image) => ({
    image,
  }));
  expect(registryIssues(containers, undefined)).toEqual([]);
  expect(registryIssues(containers, ['docker.io', 'ghcr.io'])).toEqual([
    { pointer: '/containers/2/image', message: expect.stringContaining('(allowed_registries): docker.io, ghcr.io') },
    { pointer: '/containers/3/image', message: expect.any(String) },
  ]);
});

test('a reference without a dot, a colon or localhost before its first slash names no host', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), part, (path, tag) => {
      fc.pre(path[0] !== 'localhost');
      expect(registryOf(`${path.join('/')}:${tag}`)).toBe('docker.io');
    }),
  );
});

test('every host of an image reference is a valid registry host', () => {
  const host = fc.stringMatching(/^[a-zA-Z0-9]{1,8}([.-][a-zA-Z0-9]{1,8}){0,2}(:[0-9]{1,5})?$/);
  fc.assert(
    fc.property(host, (name) => {
      fc.pre(isImageReference(`${name}/web`));
      expect(registryOf(`${name}/web`)).toMatch(REGISTRY_HOST);
    }),
  );
});
