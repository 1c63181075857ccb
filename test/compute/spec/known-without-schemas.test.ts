import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Capabilities } from '../../../src/compute/capabilities.ts';
import { defaultCapabilities } from '../../../src/compute/provider.ts';
import { explainTenantId } from '../../../src/compute/spec/check-spec.ts';
import { isProviderName, isTenantId } from '../../../src/compute/spec/names.ts';
import { ProviderName, TenantId } from '../../../src/compute/spec/spec.ts';

/** What is said beside the schemas, so that they need not be read, is what they say. */

const names = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.stringMatching(/^[a-z0-9-]{0,66}$/),
  fc.constantFrom('a', '-', 'a-', '-a', 'a'.repeat(63), 'a'.repeat(64), 'A', 'a\n', 'a_b', 'é', ''),
);

test('default capabilities', () => {
  expect(Capabilities.parse({})).toEqual(defaultCapabilities);
});

test.each([
  ['an id of a tenant', isTenantId, TenantId],
  ['a name of a provider', isProviderName, ProviderName],
])('%s', (_name, isOne, schema) => {
  expect(isOne('acme')).toBe(true);
  fc.assert(
    fc.property(names, (input) => isOne(input) === schema.safeParse(input).success),
    { numRuns: 1000 },
  );
});

test('whatever is no id of a tenant is told why', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (input) => {
      fc.pre(!isTenantId(input));
      const { issues } = await explainTenantId(input);
      expect(issues.length).toBeGreaterThan(0);
      expect(issues.every(({ pointer, message }) => pointer === '/tenant_id' && message !== '')).toBe(true);
    }),
  );
});
