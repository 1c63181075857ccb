import { describe, expect, test } from 'vitest';
import * as names from '../../../src/compute/spec/names.ts';

const { DNS_LABEL, isImageReference, PROVIDER_NAME } = names;
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('isImageReference', () => {
  test.each([
    'nginx',
    'nginx:1.27',
    'nginx:latest',
    'library/nginx',
    'a/b/c/d:e',
    'docker.io/library/nginx:1.27-alpine',
    'localhost/app',
    'localhost:5000/app',
    'registry:5000/app',
    'registry.example.com:5000/team/app:v1.2.3',
    'REGISTRY.example.com/app',
    '10.0.0.1:5000/app',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app:1',
    'ghcr.io/owner/my_app--x.y__z:V1_0',
    `nginx@${digest}`,
    `registry.example.com/app:1.0@${digest}`,
    `app:${'t'.repeat(128)}`,
    'a'.repeat(255),
  ])('accepts %s', (reference) => {
    expect(isImageReference(reference)).toBe(true);
  });

  test.each([
    '',
    ' ',
    'nginx ',
    ' nginx',
    'nginx:',
    ':1.27',
    'nginx:1:2/',
    'NGINX',
    'team/App',
    'nginx:-tag',
    'nginx:.tag',
    `app:${'t'.repeat(129)}`,
    '/nginx',
    'nginx/',
    'team//nginx',
    'team/../nginx',
    '../nginx',
    '-nginx',
    'nginx-',
    '_nginx',
    'a..b',
    'a___b',
    'nginx@',
    'nginx@sha256',
    'nginx@sha256:',
    'nginx@sha256:short',
    `nginx@${digest}@${digest}`,
    `@${digest}`,
    'https://registry.example.com/app',
    'registry.example.com:port/app',
    'registry.example.com:123456/app',
    'nginx\n',
    'nginx\0',
    'nginx;rm -rf /',
    '$(id)',
    'nginх',
    'a'.repeat(256),
    `registry.example.com/${'a'.repeat(500)}`,
  ])('refuses %j', (reference) => {
    expect(isImageReference(reference)).toBe(false);
  });
});

describe('the patterns', () => {
  // Each provokes another kind of backtracking: a long run, a run that fails at its end, and alternating separators.
  const hostile = [
    'a',
    '0',
    '-',
    '.',
    '_',
    '__',
    'a-',
    'a.',
    'a_',
    'a/',
    'a:',
    '@',
    'a--',
    '\u0000',
    'é',
    '{',
    '\\',
    '(',
  ];
  const texts = hostile.flatMap((unit) => ['', '!', '\n', '-'].map((end) => unit.repeat(50_000 / unit.length) + end));

  test.each(Object.entries({ DNS_LABEL, PROVIDER_NAME }))('%s refuses every long text', (_name, pattern) => {
    for (const text of texts) expect(pattern.test(text)).toBe(false);
  });

  test('an image reference refuses every long text', () => {
    for (const text of texts) expect(isImageReference(text)).toBe(false);
  });

  test('take time that grows no faster than the text', () => {
    // A text of 128 times the length may take 128 times as long; a quadratic pattern would take 16,384 times as long.
    // The limits on length are bypassed, so that only the patterns are measured.
    const patterns = Object.values(names).filter((value) => value instanceof RegExp);
    expect(patterns.length).toBeGreaterThanOrEqual(2);
    for (const unit of hostile) {
      const [short, long] = [500, 64_000].map((length) => `${unit.repeat(length / unit.length)}!`) as [string, string];
      for (const pattern of patterns) {
        const floor = shortestTime(() => pattern.test(short));
        expect(shortestTime(() => pattern.test(long))).toBeLessThan(floor * 2000 + 1);
      }
    }
  });
});

function shortestTime(run: () => unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const begun = performance.now();
    run();
    return performance.now() - begun;
  });
  return Math.min(...times);
}
