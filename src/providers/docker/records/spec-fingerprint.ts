import { hashJson } from '../../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { changedFields } from '../../../compute/spec/spec-diff.ts';

type Fields = Record<string, unknown>;

/** A specification with a hash in the place of each value, and of `env` as a whole: it can be compared, and not be read. */
export function sketchOf(spec: TenantComputeSpec): Fields {
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

/** `changedFields`, from a specification of which there is only a sketch. */
export function changesSince(sketch: Fields | undefined, spec: TenantComputeSpec): string[] {
  // A sketch has the shape of a specification and other values, which is all that comparing them takes.
  return sketch ? changedFields(sketch as TenantComputeSpec, sketchOf(spec) as TenantComputeSpec) : [];
}

function hashed(fields: object): Fields {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([key, value]) => [key, hashJson(value).slice(0, 12)]));
}
