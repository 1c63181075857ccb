import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { hashJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changedFields } from '../../compute/spec/spec-diff.ts';

/** Short hashes of a specification's values, by the pointer of the field. */
export type FieldDigests = Readonly<Record<string, string>>;

/** An empty specification: every field that a real one sets differs from it. */
const BLANK: TenantComputeSpec = {
  tenant_id: '',
  provider_type: '',
  containers: [],
  resources: { cpu: 0, memory: 0 },
};

const DIGEST_LENGTH = 10;
const MAX_BYTES = 64 * 1024;

/**
 * Digests a specification field by field. The digests are stored with the task definition, and tell a later update which
 * fields changed. ECS has no room for the whole specification, and env values do not belong in a label.
 */
export function digestFields(spec: TenantComputeSpec): FieldDigests {
  return Object.fromEntries(
    changedFields(BLANK, spec).map((pointer) => [pointer, hashJson(valueAt(spec, pointer)).slice(0, DIGEST_LENGTH)]),
  );
}

/** Returns the pointers of the fields that differ, in the form and order of `changedFields`. */
export function changedDigests(before: FieldDigests, after: FieldDigests): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((pointer) => before[pointer] !== after[pointer])
    .sort();
}

/** Encodes digests as the value of a label. */
export function packDigests(digests: FieldDigests): string {
  return deflateRawSync(JSON.stringify(digests)).toString('base64url');
}

/** Decodes the value of a label. Returns undefined if it is missing or not from `packDigests`. */
export function unpackDigests(label: string | undefined): FieldDigests | undefined {
  if (label === undefined) return undefined;
  try {
    const text = inflateRawSync(Buffer.from(label, 'base64url'), { maxOutputLength: MAX_BYTES }).toString();
    const digests: unknown = JSON.parse(text);
    return typeof digests === 'object' && digests !== null ? (digests as FieldDigests) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the value at a pointer in which containers go by their names. */
function valueAt(spec: TenantComputeSpec, pointer: string): unknown {
  const [, first = '', ...rest] = pointer
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  let value: unknown = spec[first as keyof TenantComputeSpec];
  for (const [depth, key] of rest.entries()) {
    if (Array.isArray(value) && first === 'containers' && depth === 0) value = value.find((one) => one.name === key);
    else value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return value ?? null;
}
