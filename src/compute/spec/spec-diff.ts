import { canonicalJson, hashJson } from './json.ts';
import type { TenantComputeSpec } from './spec.ts';

/**
 * Returns the content address of a specification. It does not depend on the order of fields. Short env values can be guessed
 * from it: what others can read carries the hash that the installation made with its key instead.
 */
export function specHash(spec: TenantComputeSpec): string {
  return hashJson(spec);
}

/**
 * Returns pointers to the fields that differ between two specifications, sorted, such as `/resources/cpu` and
 * `/containers/web/image`. Containers are addressed by name, so that an inserted one does not change those after it.
 */
export function changedFields(before: TenantComputeSpec, after: TenantComputeSpec): string[] {
  const left = flatten(before);
  const right = flatten(after);
  return [...new Set([...left.keys(), ...right.keys()])].filter((key) => left.get(key) !== right.get(key)).sort();
}

function flatten(spec: TenantComputeSpec): Map<string, string> {
  const flat = new Map<string, string>();
  const add = (prefix: string, fields: object) => {
    for (const [key, value] of Object.entries(fields)) {
      if (value !== undefined)
        flat.set(`${prefix}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, canonicalJson(value));
    }
  };
  const { containers, resources, networking, labels, provider_config, ...rest } = spec;
  add('', rest);
  add('/resources', resources);
  add('/networking', networking ?? {});
  add('/labels', labels ?? {});
  add('/provider_config', provider_config ?? {});
  for (const { name, ...fields } of containers) add(`/containers/${name}`, { ...fields, name });
  return flat;
}
