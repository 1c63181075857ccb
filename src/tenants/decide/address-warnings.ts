import type { TenantComputeSpec } from '../../compute/spec/spec.ts';

type AddressesOf = (spec: TenantComputeSpec) => Promise<readonly string[] | undefined>;

/** Returns the warning of a plan whose specification changes where a tenant is reached. */
export async function addressWarnings(
  before: TenantComputeSpec | undefined,
  after: TenantComputeSpec,
  addressesOf: AddressesOf,
): Promise<string[]> {
  if (!before) return [];
  const [old, next] = [await addressesOf(before), await addressesOf(after)];
  if (!old || !next) return [];
  const gone = old.filter((address) => !next.includes(address));
  const made = next.filter((address) => !old.includes(address));
  if (gone.length === 0) return [];
  const ending = made.length > 0 ? `, and ${made.join(', ')} takes its place` : '';
  return [`the address will change: ${gone.join(', ')} goes${ending}`];
}
