import { expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { addressWarnings } from '../../../src/tenants/decide/address-warnings.ts';

const specs: Record<string, string[] | undefined> = {
  plain: ['acme.example.com'],
  shop: ['acme.example.com', 'shop.example.com'],
  store: ['acme.example.com', 'store.example.com'],
  unknown: undefined,
};
const spec = (tenant_id: string) => ({ tenant_id }) as TenantComputeSpec;
const addressesOf = async ({ tenant_id }: TenantComputeSpec) => specs[tenant_id];

test.each([
  ['plain', 'plain', []],
  ['plain', 'shop', []],
  ['shop', 'plain', ['the address will change: shop.example.com goes']],
  ['shop', 'store', ['the address will change: shop.example.com goes, and store.example.com takes its place']],
  ['unknown', 'shop', []],
  ['shop', 'unknown', []],
])('a plan from %s to %s warns of %j', async (before, after, warnings) => {
  expect(await addressWarnings(spec(before), spec(after), addressesOf)).toEqual(warnings);
});

test('a tenant that is not there yet has no address that could change', async () => {
  expect(await addressWarnings(undefined, spec('shop'), addressesOf)).toEqual([]);
});
