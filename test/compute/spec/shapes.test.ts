import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { ProvisionResult, UpdateResult } from '../../../src/compute/results.ts';
import { inspectJson } from '../../../src/compute/spec/json.ts';
import { SPEC_LIMITS } from '../../../src/compute/spec/limits.ts';
import type { Shape } from '../../../src/compute/spec/shape.ts';
import { provisionResultShape, tenantComputeSpecShape, updateResultShape } from '../../../src/compute/spec/shapes.ts';
import { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { type Comparison, edges, expectSame, expectSound, oddities } from '../../support/accepting.ts';
import { replaceAt } from '../../support/json-pointer.ts';
import { anything, halfShaped, mutated, places, validSpec } from '../../support/spec-arbitraries.ts';
import { aFullSpec } from '../../support/specs.ts';

/** A schema knows nothing of the size of the whole, of Unicode, or of what may poison a prototype. */
const specs: Comparison = {
  accept: tenantComputeSpecShape.accept,
  judge: (input) =>
    inspectJson(input, SPEC_LIMITS).issues.length === 0 ? TenantComputeSpec.safeParse(input).data : undefined,
};

const specSame = (input: unknown) => expectSame(input, specs);

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
    expect(tenantComputeSpecShape.accept(aFullSpec())).toBeDefined();
    fc.assert(
      fc.property(validSpec, (spec) => tenantComputeSpecShape.accept(JSON.parse(JSON.stringify(spec))) !== undefined),
    );
  });

  test.each(places)('%s at the edge of what is allowed, and beyond', (place) => {
    for (const value of edges()) specSame(replaceAt(aFullSpec(), place, value));
  });

  test.each(places)('%s of an unusual kind', (place) => {
    for (const value of oddities()) {
      expectSound(replaceAt(aFullSpec(), place, value), specs);
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

  test.each<[string, object, Shape, z.ZodType]>([
    ['provision', provisioned, provisionResultShape, ProvisionResult],
    ['update', updated, updateResultShape, UpdateResult],
  ])('%s', (_case, good, { accept }, schema) => {
    const comparison = { accept, judge: (input: unknown) => schema.safeParse(input).data };
    expect(accept(good)).toStrictEqual(good);
    expectSame({ ...good, more: 1 }, comparison);
    const times = ['2026-02-29T00:00:00Z', '2024-02-29T00:00:00Z', '2026-01-02 03:04:05Z', '2026-01-02T03:04:05'];
    for (const field of Object.keys(good)) {
      const { [field]: _left, ...without } = good as Record<string, unknown>;
      // A time that is left out is now.
      if (!field.endsWith('_at')) expectSame(without, comparison);
      for (const value of [...edges(), ...times]) expectSame({ ...good, [field]: value }, comparison);
      for (const value of oddities()) expectSound({ ...good, [field]: value }, comparison);
    }
  });

  test('a time that is left out is for the schema to say', () => {
    const { provisioned_at, ...without } = provisioned;
    expect(provisionResultShape.accept(without)).toBeUndefined();
    expect(ProvisionResult.safeParse({ ...without, provisioned_at }).success).toBe(true);
  });
});
