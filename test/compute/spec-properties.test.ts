import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from '../../src/compute/errors.ts';
import { TenantComputeSpec } from '../../src/compute/spec.ts';
import { specHash } from '../../src/compute/spec-diff.ts';
import { validateComputeSpec } from '../../src/compute/validate.ts';
import { replaceAt, resolvePointer } from '../support/json-pointer.ts';
import { aFullSpec } from '../support/specs.ts';

/** Every pointer into a value, parents before their children. */
function pointersInto(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => pointersInto(inner, `${at}/${key}`))];
}

const places = pointersInto(aFullSpec()).filter((pointer) => pointer !== '');
const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  '',
  'web',
  0,
  -1,
  0.5,
  1e308,
  true,
  [],
  {},
  [[]],
  { toString: 1, valueOf: 1 },
  '\0',
  '\ud800',
  '..',
  '__proto__',
);
const newKey = fc.constantFrom('', 'extra', 'name', '__proto__', 'constructor', 'prototype', 'length', '0', 'toString');

/** A full specification with one to five things in it made odd. */
const mutated = fc
  .array(
    fc.record({
      place: fc.constantFrom(...places),
      value: fc.oneof({ weight: 3, arbitrary: odd }, fc.jsonValue(), fc.string({ unit: 'binary' })),
      key: fc.option(newKey),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((mutations) =>
    mutations.reduce<unknown>((spec, { place, value, key }) => {
      const { found, value: current } = resolvePointer(spec, place);
      if (!found) return spec;
      const extends_ = key !== null && typeof current === 'object' && current !== null && !Array.isArray(current);
      return replaceAt(spec, extends_ ? `${place}/${key}` : place, value);
    }, aFullSpec()),
  );

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

/** Objects that have the right fields, with anything for their values. */
const halfShaped = fc.record(
  {
    tenant_id: anything,
    provider_type: anything,
    containers: fc.oneof(anything, fc.array(fc.record({ name: anything, ports: fc.array(anything), env: anything }))),
    resources: fc.oneof(anything, fc.record({ cpu: anything, memory: anything })),
    secrets: fc.array(fc.record({ env_var: anything })),
    labels: anything,
    provider_config: anything,
  },
  { requiredKeys: [] },
);

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
    // What an issue is about is there, or is missing from something that is there.
    const parent = pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
    expect(resolvePointer(input, pointer).found || resolvePointer(input, parent).found).toBe(true);
  }
  const told = outcome.issues.map(({ pointer, message }) => `${pointer} ${message}`);
  expect(told).toEqual([...new Set(told)]);
}

describe('whatever comes in', () => {
  test.each([
    ['any JSON', fc.jsonValue({ maxDepth: 6 })],
    ['anything at all', anything],
    ['a specification with something odd in it', mutated],
    ['the right fields with anything in them', halfShaped],
  ])('%s is a specification, or is told what is wrong with it', (_case, arbitrary: fc.Arbitrary<unknown>) => {
    fc.assert(fc.property(arbitrary, expectSpecOrIssues), { numRuns: 500 });
  });

  test.each([
    ['any JSON', fc.jsonValue({ maxDepth: 6 })],
    ['a specification with something odd in it', mutated],
  ])('%s is left as it was', (_case, arbitrary: fc.Arbitrary<unknown>) => {
    fc.assert(
      fc.property(arbitrary, (input) => {
        const before = fc.stringify(input);
        outcomeOf(deepFreeze(input));
        expect(fc.stringify(input)).toBe(before);
      }),
    );
  });

  test('the prototypes of the language are left as they were', () => {
    const before = [Object.prototype, Array.prototype].map((prototype) => Reflect.ownKeys(prototype));
    fc.assert(fc.property(mutated, (input) => void outcomeOf(input)));
    expect([Object.prototype, Array.prototype].map((prototype) => Reflect.ownKeys(prototype))).toEqual(before);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
const envName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'));
const optional = { requiredKeys: [] };
/** JSON that a specification may carry: no key that poisons a prototype, and no NUL or lone surrogate in a text. */
const settings = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/"(?:__proto__|constructor|prototype)":|\\u(?:0000|d[89a-f])/.test(JSON.stringify(value)))
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

const container = fc.record(
  {
    name,
    image: fc.constantFrom('nginx', 'nginx:1.27', 'localhost:5000/a/b:c', 'ghcr.io/o/r'),
    command: fc.array(text, { maxLength: 4 }),
    env: fc.dictionary(envName, text, { maxKeys: 5 }),
    ports: fc
      .uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 4 })
      .map((ports) => ports.map((container_port) => ({ container_port }))),
    resources: fc.record({ cpu: fc.integer({ min: 128, max: 200 }), memory: fc.integer({ min: 128, max: 200 }) }),
  },
  { requiredKeys: ['name', 'image'] },
);

const validSpec = fc.record(
  {
    tenant_id: name,
    provider_type: name,
    containers: fc.uniqueArray(container, { minLength: 1, maxLength: 10, selector: (one) => one.name }),
    resources: fc.record({ cpu: fc.integer({ min: 2000 }), memory: fc.integer({ min: 2000 }) }),
    networking: fc.record({ public_ip: fc.boolean(), subnets: fc.array(name, { maxLength: 16 }) }, optional),
    labels: fc.dictionary(name, fc.stringMatching(/^[a-zA-Z0-9 _.:/=+@-]{0,40}$/), { maxKeys: 10 }),
    provider_config: fc.dictionary(name, settings, { maxKeys: 5 }),
  },
  { requiredKeys: ['tenant_id', 'provider_type', 'containers', 'resources'] },
);

describe('a valid specification', () => {
  test('is accepted with every value it came with', () => {
    fc.assert(
      fc.property(validSpec, (spec) => {
        expect(outcomeOf(spec)).toMatchObject(JSON.parse(JSON.stringify(spec)));
      }),
    );
  });

  test('once validated, validates again to the same value and the same content address', () => {
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

  test('survives the journey through JSON', () => {
    fc.assert(
      fc.property(validSpec, (input) => {
        const spec = validateComputeSpec(input);
        expect(specHash(validateComputeSpec(JSON.parse(JSON.stringify(spec))))).toBe(specHash(spec));
      }),
    );
  });
});
