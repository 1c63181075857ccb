import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { renderAcceptors } from '../../infra/acceptors.ts';
import { acceptorFile } from '../../infra/render-acceptors.ts';
import { acceptProvisionResult, acceptTenantComputeSpec, acceptUpdateResult } from '../../src/compute/accept.ts';
import { ProvisionResult, UpdateResult } from '../../src/compute/results.ts';
import { TenantComputeSpec } from '../../src/compute/spec.ts';
import { replaceAt } from '../support/json-pointer.ts';
import { anything, halfShaped, mutated, places, validSpec } from '../support/spec-arbitraries.ts';
import { aFullSpec } from '../support/specs.ts';

type Acceptor = (input: unknown) => unknown;

/** What is accepted is what the schema makes of it, in the same order. */
function expectSound(input: unknown, accept: Acceptor, schema: z.ZodType): void {
  const accepted = accept(input);
  if (accepted === undefined) return;
  const parsed = schema.safeParse(input);
  expect(parsed.error?.issues).toBeUndefined();
  expect(accepted).toStrictEqual(parsed.data);
  expect(JSON.stringify(accepted)).toBe(JSON.stringify(parsed.data));
}

/** And what the schema takes is accepted, unless it is unusual. */
function expectSame(input: unknown, accept: Acceptor, schema: z.ZodType): void {
  expectSound(input, accept, schema);
  if (isUsual(input)) expect(accept(input) !== undefined).toBe(schema.safeParse(input).success);
}

/** ASCII as `JSON.parse` gives it, without the key that is no key like others. The rest may be left to the schema. */
function isUsual(input: unknown): boolean {
  try {
    const text = JSON.stringify(input);
    return !/"__proto__"|[^\0-\x7f]/.test(text) && isDeepStrictEqual(JSON.parse(text), input);
  } catch {
    return false;
  }
}

const specSame = (input: unknown) => expectSame(input, acceptTenantComputeSpec, TenantComputeSpec);

test('the acceptors are those of the schemas; `npm run acceptors` writes them', () => {
  expect(readFileSync(acceptorFile, 'utf8')).toBe(renderAcceptors());
});

describe('a specification is accepted exactly if its schema accepts it', () => {
  test.each([
    ['a valid one', validSpec],
    ['one with something odd in it', mutated],
    ['the right fields with anything in them', halfShaped],
    ['anything at all', anything],
  ])('%s', (_case, arbitrary: fc.Arbitrary<unknown>) => {
    fc.assert(fc.property(arbitrary, specSame), { numRuns: 500 });
  });

  test('what is valid is accepted, so the comparison compares something', () => {
    expect(acceptTenantComputeSpec(aFullSpec())).toBeDefined();
    fc.assert(
      fc.property(validSpec, (spec) => acceptTenantComputeSpec(JSON.parse(JSON.stringify(spec))) !== undefined),
    );
  });

  test.each(places)('%s at the edge of what is allowed, and beyond', (place) => {
    for (const value of edges()) specSame(replaceAt(aFullSpec(), place, value));
  });

  test.each(places)('%s of an unusual kind', (place) => {
    for (const value of oddities()) {
      expectSound(replaceAt(aFullSpec(), place, value), acceptTenantComputeSpec, TenantComputeSpec);
    }
  });

  test.each(['', '/containers/0', '/containers/0/env', '/labels', '/provider_config', '/resources'])(
    '%s with a key of any kind',
    (place) => {
      const keys = ['__proto__', 'constructor', 'a b', 'ä', '', '0', 'A'.repeat(255), 'A'.repeat(256), 'a'.repeat(129)];
      for (const key of keys) specSame(replaceAt(aFullSpec(), `${place}/${key}`, 'x'));
    },
  );

  test.each([40, 41, 255, 256, 257])('lists and maps of %i', (size) => {
    const list = Array.from({ length: size }, (_, index) => `x${index}`);
    const map = Object.fromEntries(list.map((key) => [key, 'x']));
    for (const place of places) {
      specSame(replaceAt(aFullSpec(), place, list));
      specSame(replaceAt(aFullSpec(), place, map));
    }
  });
});

/** Texts and numbers on both sides of every limit that there is, in units of one and of two. */
function edges(): unknown[] {
  const lengths = [0, 1, 62, 63, 252, 253, 254, 255, 511, 512, 1023, 1024, 2047, 2048, 32_767, 32_768];
  const units = ['a', '\u{1f600}'];
  const numbers = [0, 1, 4, 5, 100, 101, 127, 128, 3600, 3601, 65_535, 65_536, 2 ** 53 - 1, 2 ** 53];
  return [
    ...units.flatMap((unit) => lengths.flatMap((length) => [unit.repeat(length), `${unit.repeat(length)}a`])),
    ...['a', 'é', '/', ' '].flatMap((unit) => [unit, `${unit}-`, `/${unit.repeat(1023)}`]),
    ...numbers.flatMap((number) => [number, -number, number + 0.5, String(number)]),
    ...[
      'tcp',
      'udp',
      'TCP',
      'http',
      'exec',
      'A_1',
      'a\n',
      '\0',
      '\ud800',
      'K',
      'ſ',
      true,
      false,
      null,
      [],
      {},
      [''],
      [[]],
    ],
  ];
}

function oddities(): unknown[] {
  const sparse = new Array(3);
  sparse[2] = 'x';
  const withSymbol = { a: 'x', [Symbol('s')]: 'x' };
  const withHidden = Object.defineProperty({ a: 'x' }, 'hidden', { value: 1, enumerable: false });
  const withGetter = {
    get name() {
      return 'web';
    },
  };
  return [
    ...[
      undefined,
      Number.NaN,
      JSON.parse('1e400'),
      JSON.parse('-1e400'),
      -0,
      1n,
      Symbol('s'),
      () => 1,
      new Date(0),
      new Map(),
      /x/,
      new String('tcp'),
    ],
    ...[sparse, withSymbol, withHidden, withGetter, Object.create(null), Object.create({ a: 'x' }), Object('tcp')],
    ...[Object.assign(['x'], { extra: 1 }), { a: undefined }, JSON.parse('{"__proto__":"x"}'), [undefined]],
  ];
}

describe('the answers of providers are accepted exactly if their schema accepts them', () => {
  const provisioned: ProvisionResult = {
    tenant_id: 'acme',
    provider_type: 'memory',
    status: 'success',
    resource_ids: { tenant: 'memory/acme' },
    endpoints: [{ type: 'http', address: '127.0.0.1', port: 80, url: 'http://127.0.0.1' }],
    message: '',
    provisioned_at: '2026-01-02T03:04:05.678Z',
  };
  const updated: UpdateResult = {
    tenant_id: 'acme',
    provider_type: 'memory',
    status: 'no_changes',
    changes: ['/labels'],
    message: '',
    updated_at: '2026-01-02T03:04:05+02:00',
  };

  test.each<[string, object, Acceptor, z.ZodType]>([
    ['provision', provisioned, acceptProvisionResult, ProvisionResult],
    ['update', updated, acceptUpdateResult, UpdateResult],
  ])('%s', (_case, good, accept, schema) => {
    expect(accept(good)).toStrictEqual(good);
    expectSame({ ...good, more: 1 }, accept, schema);
    const times = ['2026-02-29T00:00:00Z', '2024-02-29T00:00:00Z', '2026-01-02 03:04:05Z', '2026-01-02T03:04:05'];
    for (const field of Object.keys(good)) {
      const { [field]: _left, ...without } = good as Record<string, unknown>;
      // A time that is left out is now.
      if (!field.endsWith('_at')) expectSame(without, accept, schema);
      for (const value of [...edges(), ...times]) expectSame({ ...good, [field]: value }, accept, schema);
      for (const value of oddities()) expectSound({ ...good, [field]: value }, accept, schema);
    }
  });

  test('a time that is left out is for the schema to say', () => {
    const { provisioned_at, ...without } = provisioned;
    expect(acceptProvisionResult(without)).toBeUndefined();
    expect(ProvisionResult.safeParse({ ...without, provisioned_at }).success).toBe(true);
  });
});
