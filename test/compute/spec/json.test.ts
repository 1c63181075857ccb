import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, equalJson, hashJson, inspectJson } from '../../../src/compute/spec/json.ts';

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
    'has nothing against %j',
    (value) => {
      expect(inspectJson(value, limits)).toEqual(nothing);
    },
  );

  test.each([
    ['text', (bytes: number) => 'x'.repeat(bytes - 2)],
    ['text of two bytes a letter', (bytes: number) => `${'é'.repeat((bytes - 4) / 2)}xx`],
    ['text that JSON escapes', (bytes: number) => '\n'.repeat((bytes - 2) / 2)],
    ['a long key', (bytes: number) => ({ ['k'.repeat(bytes - 6)]: 1 })],
  ])('takes %s of exactly the limit, and not one byte more', (_case, make) => {
    expect(Buffer.byteLength(JSON.stringify(make(1024)))).toBe(1024);
    expect(inspectJson(make(1024), limits)).toEqual(nothing);
    expect(inspectJson([make(1024)], limits)).toEqual(refusal('larger than 1 KB'));
  });

  test('counts a number at the length it is written with', () => {
    const numbers = Array.from({ length: 100 }, () => 123_456_789.5);
    expect(inspectJson(numbers, limits)).toEqual(refusal('larger than 1 KB'));
  });

  test('takes nesting to the limit, and not one level more', () => {
    expect(inspectJson(nested(4), limits)).toEqual(nothing);
    expect(inspectJson(nested(5), limits)).toEqual(refusal('nested deeper than 4 levels', '/0/0/0/0'));
  });

  test('takes as many keys of an object as the limit, and not one more', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]));
    expect(inspectJson({ env: keys(10) }, limits)).toEqual(nothing);
    expect(inspectJson({ env: keys(11) }, limits)).toEqual(refusal('env must have at most 10 entries', '/env'));
  });

  test('takes as many values in all as the limit, and not one more', () => {
    expect(inspectJson([Array(98).fill(0), 0], limits)).toEqual(nothing);
    expect(inspectJson([Array(98).fill(0), 0, 0], limits)).toEqual(refusal('more than 100 values'));
  });

  test.each([
    ['a depth of 100 000', () => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)), /nested deeper/],
    [
      'a depth of 100 000 under a poisonous key',
      () => JSON.parse(`{"constructor":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      /unknown field|nested deeper/,
    ],
    ['a cycle', () => cycle(), /nested deeper/],
    ['an empty array of great length', () => new Array(4_000_000_000), /more than 100 values/],
    ['a text of 10 MB', () => 'x'.repeat(10_000_000), /larger than 1 KB/],
  ])('refuses %s without following it', (_case, make, message) => {
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

  test('answers for anything at all', () => {
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

describe('canonicalJson', () => {
  test('sorts keys at every depth, keeps lists in order, and leaves undefined out', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: 1, c: undefined } })).toBe('{"a":{"d":1},"b":[2,1]}');
  });

  test('is the same text for the same value in any order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe('equalJson', () => {
  const key = fc.constantFrom('a', 'b', '__proto__', 'toString');
  const leaf = fc.constantFrom(undefined, null, 0, -0, 1, '', 'a', true);
  const { value: similar } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 2 }), fc.dictionary(key, tie('value'))),
  }));

  test.each([
    ['that are equal', { b: [2, 1], a: { d: 1 } }, { a: { d: 1, c: undefined }, b: [2, 1] }, true],
    ['of the same keys and other values', { a: 1 }, { a: 2 }, false],
    ['of which one has another field', { a: 1 }, { a: 1, b: 1 }, false],
    ['of which one is a list', { 0: 1 }, [1], false],
    ['with entries that are not there', [undefined], [null], true],
    ['whose keys every object inherits', { toString: 1 }, { valueOf: 1 }, false],
  ])('tells of two values %s', (_case, left, right, expected) => {
    expect(equalJson(left, right)).toBe(expected);
    expect(equalJson(right, left)).toBe(expected);
  });

  test('says what the canonical texts say', () => {
    fc.assert(
      fc.property(similar, similar, (left, right) => {
        expect(equalJson(left, right)).toBe(canonicalJson(left) === canonicalJson(right));
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(equalJson(value, reversed(value))).toBe(true);
      }),
    );
  });
});

describe('hashJson', () => {
  test('is 128 bits in hexadecimal, and stays what it is from release to release', () => {
    expect(hashJson({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad808');
  });

  test('tells values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(hashJson(left) === hashJson(right)).toBe(canonicalJson(left) === canonicalJson(right));
      }),
    );
  });
});
