import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inspectJson } from '../../../src/compute/spec/inspect-json.ts';

const limits = { maxBytes: 1024, maxDepth: 4, maxKeys: 10, maxValues: 100 };
const nothing = { issues: [], fatal: false };

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

function refusal(message: string, pointer = '') {
  return { issues: [{ pointer, message }], fatal: true };
}

describe('inspectJson', () => {
  test.each([null, true, 0, -1.5, '', 'text', [], {}, [1, [2]], { a: { b: null } }, { a: undefined }, undefined])(
    'accepts %j',
    (value) => {
      expect(inspectJson(value, limits)).toEqual(nothing);
    },
  );

  test.each([
    ['text', (bytes: number) => 'x'.repeat(bytes - 2)],
    ['text of two bytes a letter', (bytes: number) => `${'é'.repeat((bytes - 4) / 2)}xx`],
    ['text that JSON escapes', (bytes: number) => '\n'.repeat((bytes - 2) / 2)],
    ['a long key', (bytes: number) => ({ ['k'.repeat(bytes - 6)]: 1 })],
  ])('accepts %s of exactly the limit, and refuses one byte more', (_case, make) => {
    expect(Buffer.byteLength(JSON.stringify(make(1024)))).toBe(1024);
    expect(inspectJson(make(1024), limits)).toEqual(nothing);
    expect(inspectJson([make(1024)], limits)).toEqual(refusal('larger than 1 KB'));
  });

  test('counts a number by the length of its text', () => {
    const numbers = Array.from({ length: 100 }, () => 123_456_789.5);
    expect(inspectJson(numbers, limits)).toEqual(refusal('larger than 1 KB'));
  });

  test('accepts nesting up to the limit, and refuses one level more', () => {
    expect(inspectJson(nested(4), limits)).toEqual(nothing);
    expect(inspectJson(nested(5), limits)).toEqual(refusal('nested deeper than 4 levels', '/0/0/0/0'));
  });

  test('accepts as many keys as the limit, and refuses one more', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]));
    expect(inspectJson({ env: keys(10) }, limits)).toEqual(nothing);
    expect(inspectJson({ env: keys(11) }, limits)).toEqual(refusal('env must have at most 10 entries', '/env'));
  });

  test('accepts as many values as the limit, and refuses one more', () => {
    expect(inspectJson([Array(98).fill(0), 0], limits)).toEqual(nothing);
    expect(inspectJson([Array(98).fill(0), 0, 0], limits)).toEqual(refusal('more than 100 values'));
  });

  test.each([
    ['a depth of 100 000', () => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)), /nested deeper/],
    [
      'a depth of 100 000 under a key that is refused',
      () => JSON.parse(`{"constructor":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      /unknown field|nested deeper/,
    ],
    ['a cycle', () => cycle(), /nested deeper/],
    ['an empty array of great length', () => new Array(4_000_000_000), /more than 100 values/],
    ['a text of 10 MB', () => 'x'.repeat(10_000_000), /larger than 1 KB/],
  ])('refuses %s without traversing it', (_case, make, message) => {
    const { issues, fatal } = inspectJson(make(), limits);
    expect(fatal).toBe(true);
    expect(issues.map((issue) => issue.message).join()).toMatch(message);
  });

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    Symbol('s'),
    () => 1,
    new Date(0),
    new Map([['a', 1]]),
    new Set([1]),
    /x/,
    new Uint8Array(3),
    new String('boxed'),
    Promise.resolve(),
  ])('refuses %o, which is not JSON', (value) => {
    expect(inspectJson(value, limits)).toEqual(refusal('specification must be JSON'));
    expect(inspectJson({ env: [value] }, limits)).toEqual(refusal('0 must be JSON', '/env/0'));
  });

  test.each(['a\0b', '\0', '\ud800', 'x\udc00y'])('refuses the text %j', (value) => {
    const message = 'key must be well-formed text without NUL';
    expect(inspectJson({ key: value }, limits)).toEqual({ issues: [{ pointer: '/key', message }], fatal: false });
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s at every depth', (key) => {
    const poison = JSON.parse(`{"${key}":0}`);
    const message = `unknown field: ${key}`;
    for (const [value, pointer] of [
      [poison, `/${key}`],
      [{ a: poison }, `/a/${key}`],
      [[0, { b: [poison] }], `/1/b/0/${key}`],
    ] as const) {
      expect(inspectJson(value, limits)).toEqual({ issues: [{ pointer, message }], fatal: false });
    }
  });

  test('terminates for any value', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (value) => {
          const { issues, fatal } = inspectJson(value, limits);
          if (fatal) expect(issues).not.toEqual([]);
        },
      ),
    );
  });
});

function cycle(): unknown {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}
