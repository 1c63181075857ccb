import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, equalJson, hashJson } from '../../../src/compute/spec/json.ts';

describe('canonicalJson', () => {
  test('sorts keys at every depth, keeps the order of lists, and omits undefined', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: 1, c: undefined } })).toBe('{"a":{"d":1},"b":[2,1]}');
  });

  test('is the same text for any order of keys', () => {
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
  ])('compares two values %s', (_case, left, right, expected) => {
    expect(equalJson(left, right)).toBe(expected);
    expect(equalJson(right, left)).toBe(expected);
  });

  test('agrees with the canonical texts', () => {
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
  test('is 128 bits in hexadecimal, and stable between releases', () => {
    expect(hashJson({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad808');
  });

  test('differs for different values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(hashJson(left) === hashJson(right)).toBe(canonicalJson(left) === canonicalJson(right));
      }),
    );
  });
});
