import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as errors from '../../src/compute/errors.ts';
import { resolvePointer } from '../support/json-pointer.ts';

const { ComputeError, errorCatalog, InvalidSpecError, messageOf, toPointer } = errors;

type ErrorClass = new (detail: string, options?: errors.ComputeErrorOptions) => errors.ComputeError;

const classes = Object.values<unknown>(errors).filter(isErrorClass);

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof ComputeError;
}

describe('the messages and codes that callers rely on', () => {
  test.each([
    [errors.ProviderNotFoundError, 'provider_not_found', 'compute provider not found'],
    [errors.ProviderConflictError, 'provider_conflict', 'provider already registered'],
    [errors.InvalidSpecError, 'invalid_spec', 'invalid compute specification'],
    [errors.ProvisionFailedError, 'provision_failed', 'provisioning failed'],
    [errors.UpdateFailedError, 'update_failed', 'update failed'],
    [errors.TenantNotFoundError, 'tenant_not_found', 'tenant compute resources not found'],
  ] as const)('%o', (Class: ErrorClass, code, beginning) => {
    const error = new Class('the detail');
    expect(error).toMatchObject({ code, message: `${beginning}: the detail` });
  });
});

describe('the catalog', () => {
  test('has exactly one class for each code', () => {
    const codes = classes.map((Class) => new Class('').code);
    expect(codes.toSorted()).toEqual(Object.keys(errorCatalog).toSorted());
  });

  test.each(Object.entries(errorCatalog))('%s has a prefix and a hint', (_code, { prefix, hint }) => {
    expect(prefix).toMatch(/^[a-z]/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  test('has a distinct prefix for each code', () => {
    const prefixes = Object.values(errorCatalog).map(({ prefix }) => prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });
});

describe.each(classes.map((Class) => [Class.name, Class] as const))('%s', (name, Class) => {
  test('has the code, name, fault and hint of the catalog', () => {
    const error = new Class('the detail');
    const { fault, retryable, hint } = errorCatalog[error.code];
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, fault, retryable, hint });
  });

  test('has its cause, and lets its thrower override the catalog', () => {
    const cause = new Error('socket hang up');
    const error = new Class('x', { cause, retryable: !errorCatalog[new Class('').code].retryable, hint: 'Wait.' });
    expect(error.cause).toBe(cause);
    expect(error.retryable).toBe(!errorCatalog[error.code].retryable);
    expect(error.hint).toBe('Wait.');
  });

  test('has no cause unless one is given', () => {
    expect('cause' in new Class('x')).toBe(false);
  });
});

test('the message of an error without detail is its prefix', () => {
  expect(new errors.ProviderNotFoundError().message).toBe('compute provider not found');
});

describe('InvalidSpecError', () => {
  test('joins the messages of its issues', () => {
    const issues = [
      { pointer: '/tenant_id', message: 'tenant_id required' },
      { pointer: '/containers', message: 'at least one container required' },
    ];
    const error = new InvalidSpecError(issues);
    expect(error.issues).toEqual(issues);
    expect(error.message).toBe('invalid compute specification: tenant_id required; at least one container required');
  });

  test('turns a string into one issue about the whole input', () => {
    expect(new InvalidSpecError('command required').issues).toEqual([{ pointer: '', message: 'command required' }]);
  });
});

describe('toPointer', () => {
  test.each([
    [[], ''],
    [['containers', 0, 'name'], '/containers/0/name'],
    [[''], '/'],
    [['a/b'], '/a~1b'],
    [['m~n'], '/m~0n'],
    [['~1'], '/~01'],
    [[' '], '/ '],
    [['é"\\'], '/é"\\'],
  ])('%j is %j', (path, pointer) => {
    expect(toPointer(path)).toBe(pointer);
  });

  test('returns a pointer that resolves to the same place, for any keys', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 8 }), (path) => {
        const root = path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), 'found');
        expect(resolvePointer(root, toPointer(path))).toEqual({ found: true, value: 'found' });
      }),
    );
  });
});

test.each([
  [new Error('broke'), 'broke'],
  [new errors.TimeoutError('after 3 s'), 'timed out: after 3 s'],
  ['a password', 'a thrown string'],
  [{ password: 'x' }, 'a thrown object'],
  [null, 'a thrown null'],
  [undefined, 'a thrown undefined'],
  [Symbol('x'), 'a thrown symbol'],
])('messageOf(%o) returns the message of an error, and only the type of any other value', (thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});
