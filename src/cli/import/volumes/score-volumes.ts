import type { VolumeMount } from '../../../compute/spec/spec.ts';
import { type Fields, isFields, type Ledger, type Path, toName } from '../imported.ts';
import { toMountPath } from './mount-path.ts';

/** `${resources.NAME}`, also with an output of the resource behind it. */
const RESOURCE = /^\$\{resources\.([^.{}]+)(?:\.[^{}]*)?\}$/;

/** Returns true for a resource that becomes a volume of the tenant. */
export function isVolume(resource: unknown): boolean {
  return isFields(resource) && resource.type === 'volume';
}

/**
 * Converts the volumes of a Score container, a list, or a map by target. Their source is a resource of the type `volume`.
 * https://docs.score.dev/docs/score-specification/score-spec-reference/
 */
export function toScoreVolumes(
  entries: readonly (readonly [PropertyKey, unknown])[],
  resources: Fields,
  at: Path,
  ledger: Ledger,
): VolumeMount[] {
  return entries.flatMap(([key, value]) => {
    const place = [...at, key];
    const { source, target, path, readOnly, read_only } = isFields(value) ? value : {};
    const text = typeof source === 'string' ? source : '';
    const resource = RESOURCE.exec(text)?.[1] ?? text;
    if (resource === '' || resource.startsWith('$')) {
      ledger.refuse(place, 'the source of a volume must name a resource of the type volume');
      return [];
    }
    const declared = Object.hasOwn(resources, resource) ? resources[resource] : undefined;
    if (declared !== undefined && !isVolume(declared)) {
      ledger.refuse(place, `the resource ${resource} is no volume`);
      return [];
    }
    if (path !== undefined && path !== null) ledger.lose([...place, 'path'], 'the whole volume is mounted');
    const to = typeof key === 'string' ? key : String(target ?? '');
    const isReadOnly = readOnly === true || read_only === true;
    return [{ name: toName(resource), path: toMountPath(to), ...(isReadOnly && { read_only: true }) }];
  });
}
