import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { resolvePointer } from '../../support/json-pointer.ts';
import { anything, halfShaped, mutated, validSpec } from '../../support/spec-arbitraries.ts';

function outcomeOf(input: unknown): TenantComputeSpec | InvalidSpecError {
  try {
    return validateComputeSpec(input);
  } catch (error) {
    if (error instanceof InvalidSpecError) return error;
    throw error;
  }
}

function expectSpecOrIssues(input: unknown): void {
  const outcome = outcomeOf(input);
  if (!(outcome instanceof InvalidSpecError)) {
    expect(TenantComputeSpec.safeParse(outcome).success).toBe(true);
    return;
  }
  expect(outcome.issues).not.toEqual([]);
  expect(outcome.message).toBe(
    `invalid compute specification: ${outcome.issues.map((issue) => issue.message).join('; ')}`,
  );
  for (const { pointer, message } of outcome.issues) {
    expect(message).not.toBe('');
    // The pointer leads to an existing value, or to a field that an existing value lacks.
    const parent = pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
    expect(resolvePointer(input, pointer).found || resolvePointer(input, parent).found).toBe(true);
  }
  const reported = outcome.issues.map(({ pointer, message }) => `${pointer} ${message}`);
  expect(reported).toEqual([...new Set(reported)]);
}

describe('any input', () => {
  test.each([
    ['any JSON', fc.jsonValue({ maxDepth: 6 })],
    ['anything at all', anything],
    ['a specification with something odd in it', mutated],
    ['the right fields with anything in them', halfShaped],
  ])('%s is valid, or is refused with issues', (_case, arbitrary: fc.Arbitrary<unknown>) => {
    fc.assert(fc.property(arbitrary, expectSpecOrIssues), { numRuns: 500 });
  });

  test.each([
    ['any JSON', fc.jsonValue({ maxDepth: 6 })],
    ['a specification with something odd in it', mutated],
  ])('%s is not changed', (_case, arbitrary: fc.Arbitrary<unknown>) => {
    fc.assert(
      fc.property(arbitrary, (input) => {
        const before = fc.stringify(input);
        outcomeOf(deepFreeze(input));
        expect(fc.stringify(input)).toBe(before);
      }),
    );
  });

  test('the built-in prototypes are not changed', () => {
    const before = [Object.prototype, Array.prototype].map((prototype) => Reflect.ownKeys(prototype));
    fc.assert(fc.property(mutated, (input) => void outcomeOf(input)));
    expect([Object.prototype, Array.prototype].map((prototype) => Reflect.ownKeys(prototype))).toEqual(before);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

describe('a valid specification', () => {
  test('keeps every value', () => {
    fc.assert(
      fc.property(validSpec, (spec) => {
        expect(outcomeOf(spec)).toMatchObject(JSON.parse(JSON.stringify(spec)));
      }),
    );
  });

  test('validates again to the same value and the same content address', () => {
    fc.assert(
      fc.property(fc.oneof(validSpec, mutated), (input) => {
        const once = outcomeOf(input);
        fc.pre(!(once instanceof InvalidSpecError));
        const twice = validateComputeSpec(once);
        expect(twice).toStrictEqual(once);
        expect(specHash(twice)).toBe(specHash(once));
      }),
    );
  });

  test('is the same after a round trip through JSON', () => {
    fc.assert(
      fc.property(validSpec, (input) => {
        const spec = validateComputeSpec(input);
        expect(specHash(validateComputeSpec(JSON.parse(JSON.stringify(spec))))).toBe(specHash(spec));
      }),
    );
  });
});
