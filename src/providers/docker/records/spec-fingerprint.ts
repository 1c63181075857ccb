import { hashJson } from '../../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { changedFields } from '../../../compute/spec/spec-diff.ts';

type Fields = Record<string, unknown>;

/** Returns the specification with a hash in place of each value, and of `env` as a whole: comparable, but not readable. */
export function fingerprintOf(spec: TenantComputeSpec): Fields {
  const { containers, resources, networking = {}, labels = {}, provider_config = {}, ...rest } = spec;
  return {
    ...hashed(rest),
    containers: containers.map(({ name, ...fields }) => ({ ...hashed(fields), name })),
    resources: hashed(resources),
    networking: hashed(networking),
    labels: hashed(labels),
    provider_config: hashed(provider_config),
  };
}

/** Returns the pointers of the fields that differ from a fingerprint, as `changedFields` does for two specifications. */
export function changesSince(fingerprint: Fields | undefined, spec: TenantComputeSpec): string[] {
  // A fingerprint has the shape of a specification, and the comparison looks at nothing but shape and equality.
  return fingerprint ? changedFields(fingerprint as TenantComputeSpec, fingerprintOf(spec) as TenantComputeSpec) : [];
}

function hashed(fields: object): Fields {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([key, value]) => [key, hashJson(value).slice(0, 12)]));
}
