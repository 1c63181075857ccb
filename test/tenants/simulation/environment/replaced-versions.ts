import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import type { MemoryRecord } from '../../../../src/providers/memory/backend.ts';
import { observe } from '../../../../src/providers/memory/mapping.ts';
import type { Tenant } from '../../../../src/tenants/model/tenant.ts';

/**
 * Returns what a provider has of other versions than the desired one, at the moment when an operation has brought the tenant
 * to the desired one: nothing, unless the provider goes on with a version that another request replaced.
 */
export function replacedVersions(
  { phase, operation, desired }: Tenant,
  record: MemoryRecord | undefined,
  now: number,
): string[] {
  if (phase !== 'ready' || operation.state !== 'succeeded' || !record) return [];
  const { serving, pending } = observe(record, now);
  const versions = { serving, 'on its way': pending, 'left behind': record.unremoved };
  return Object.entries(versions).flatMap(([state, spec]) =>
    spec && specHash(spec) !== specHash(desired.spec) ? [`${spec.containers[0]?.image} is ${state}`] : [],
  );
}
