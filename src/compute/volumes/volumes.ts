import { type Issue, toPointer } from '../errors.ts';
import type { DestroyResult, VolumeStatus } from '../results.ts';
import type { ContainerSpec, TenantComputeSpec } from '../spec/spec.ts';

/**
 * Every volume that a tenant has, by name, and whether a destroy keeps it. A provider records it with the tenant: a volume
 * that an update drops stays in it, with its last mark.
 */
export type VolumeMarks = Readonly<Record<string, boolean>>;

/** Returns the names of the volumes that the containers of a specification mount, sorted, each once. */
export function mountedVolumes({ containers }: Pick<TenantComputeSpec, 'containers'>): string[] {
  return [...new Set(containers.flatMap(({ volumes = [] }) => volumes.map(({ name }) => name)))].sort();
}

/** Returns the names of the volumes that a container may write to. */
export function writtenVolumes({ volumes = [] }: Pick<ContainerSpec, 'volumes'>): string[] {
  return volumes.flatMap(({ name, read_only }) => (read_only ? [] : [name]));
}

/** Returns the volumes that a destroy keeps by a specification, sorted. */
export function retainedVolumes({ volumes = [] }: Pick<TenantComputeSpec, 'volumes'>): string[] {
  return volumes.flatMap(({ name, retain }) => (retain ? [name] : [])).sort();
}

/** Returns the marks of a tenant's volumes once a specification was accepted. The specification decides about its own. */
export function markVolumes(before: VolumeMarks | undefined, spec: TenantComputeSpec): VolumeMarks | undefined {
  const retained = new Set(retainedVolumes(spec));
  const own = mountedVolumes(spec).map((name) => [name, retained.has(name)] as const);
  return before || own.length > 0 ? { ...before, ...Object.fromEntries(own) } : undefined;
}

/** Returns the volumes as a status shows them, or undefined where the tenant has none. `mounts` are mounted at present. */
export function volumeStatuses(marks: VolumeMarks = {}, mounts: readonly string[] = []): VolumeStatus[] | undefined {
  const mounted = new Set(mounts);
  const names = Object.keys(marks).sort();
  if (names.length === 0) return undefined;
  return names.map((name) => ({ name, retain: marks[name] === true, mounted: mounted.has(name) }));
}

/** Returns an issue for each container that mounts a volume: a provider that keeps none refuses with them. */
export function volumeIssues({ containers }: Pick<TenantComputeSpec, 'containers'>, reason: string): Issue[] {
  return containers.flatMap(({ volumes = [] }, index) =>
    volumes.length > 0 ? [{ pointer: toPointer(['containers', index, 'volumes']), message: reason }] : [],
  );
}

/** Returns a sentence about the volumes that a destroy deleted and kept; empty where there were none. */
export function volumesMessage({ deleted_volumes, kept_volumes, remains }: DestroyResult): string {
  const deleted = remains === undefined ? 'deleted with their data' : 'deleted';
  const parts = [
    ...(deleted_volumes.length > 0 ? [`${deleted}: ${deleted_volumes.join(', ')}`] : []),
    ...(remains === undefined ? [] : [`no tenant can access their data any more, but it remains: ${remains}`]),
    ...(kept_volumes.length > 0 ? [`kept, because they are retained: ${kept_volumes.join(', ')}`] : []),
  ];
  return parts.length > 0 ? `volumes ${parts.join('; ')}` : '';
}
