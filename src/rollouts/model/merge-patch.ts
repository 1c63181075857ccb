import type { TenantComputeSpec } from '../../compute/spec/spec.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * - `patched`: the specification with the change; the very one that was given where it changes nothing is not guaranteed.
 * - `lacks`: the change is about a container that the specification does not have.
 */
export type PatchResult = { kind: 'patched'; spec: TenantComputeSpec } | { kind: 'lacks'; container: string };

/**
 * Applies a JSON merge patch (RFC 7396) to a specification. Its `containers` are an object keyed by name, since a merge
 * patch could only replace the whole list. `null` removes a container. Any other value for a container that is not there
 * applies to nothing: the patch says too little to make one.
 */
export function patchSpec(spec: TenantComputeSpec, change: Json): PatchResult {
  const { containers: patches = {}, ...rest } = change;
  const merged = mergePatch(spec, rest) as Json;
  const named = patches as Json;
  const names = spec.containers.map(({ name }) => name);
  const lacking = Object.keys(named).find((name) => named[name] !== null && !names.includes(name));
  if (lacking !== undefined) return { kind: 'lacks', container: lacking };
  const containers = spec.containers
    .filter(({ name }) => !Object.hasOwn(named, name) || named[name] !== null)
    .map((container) =>
      Object.hasOwn(named, container.name) ? mergePatch(container, named[container.name]) : container,
    );
  return { kind: 'patched', spec: { ...merged, containers } as unknown as TenantComputeSpec };
}

/** Returns the result of a merge patch, as RFC 7396 defines it. Neither value is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
