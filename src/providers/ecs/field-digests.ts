import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { hashJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changedFields } from '../../compute/spec/spec-diff.ts';

/** What a specification says, field by field: the pointer, and a short hash of the value. */
export type FieldDigests = Readonly<Record<string, string>>;

/** A specification that says nothing: whatever differs from it is said. */
const BLANK: TenantComputeSpec = {
  tenant_id: '',
  provider_type: '',
  containers: [],
  resources: { cpu: 0, memory: 0 },
};

const DIGEST_LENGTH = 10;
const MAX_BYTES = 64 * 1024;

/**
 * What is kept of a specification next to the tasks that it made, to tell later what changed. ECS has no room for the
 * whole of it, and env values have no place in a label.
 */
export function digestFields(spec: TenantComputeSpec): FieldDigests {
  return Object.fromEntries(
    changedFields(BLANK, spec).map((pointer) => [pointer, hashJson(valueAt(spec, pointer)).slice(0, DIGEST_LENGTH)]),
  );
}

/** Pointers to what differs, as `changedFields` gives them. */
export function changedDigests(before: FieldDigests, after: FieldDigests): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((pointer) => before[pointer] !== after[pointer])
    .sort();
}

/** As the text of a label. */
export function packDigests(digests: FieldDigests): string {
  return deflateRawSync(JSON.stringify(digests)).toString('base64url');
}

/** Nothing where the label is missing, or was written by somebody else. */
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

/** The value at a pointer whose second segment, below `containers`, is a name. */
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
