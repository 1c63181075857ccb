import { isOwned, labelsFor, type Origin, TENANT_LABEL } from '../../compute/labels.ts';
import type { DestroyResult, VolumeStatus } from '../../compute/results.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { mountedVolumes, retainedVolumes, type VolumeMarks, volumeStatuses } from '../../compute/volumes/volumes.ts';
import type { MemoryBackend } from './backend.ts';
import { resourceName } from './mapping.ts';

/** The volumes of one tenant in a backend, as one caller may see them. */
export interface MemoryVolumes {
  backend: MemoryBackend;
  provider: string;
  tenantId: string;
  origin: Origin;
}

/** Returns the resource name of a volume. No part can contain a slash. */
export function volumeName(provider: string, tenantId: string, volume: string): string {
  return `${resourceName(provider, tenantId)}/${volume}`;
}

/** Creates the volumes that a specification mounts and that are missing. Marks those that a destroy keeps. */
export function openVolumes({ backend, provider, tenantId, origin }: MemoryVolumes, spec: TenantComputeSpec): void {
  const retained = new Set(retainedVolumes(spec));
  for (const name of mountedVolumes(spec)) {
    const resource = volumeName(provider, tenantId, name);
    const before = backend.volumes.get(resource);
    const retain = retained.has(name);
    if (before?.retain === retain) continue;
    const labels = labelsFor({ tenant_id: tenantId }, provider, { installation: origin.installation });
    backend.volumes.set(resource, { ...before, labels, retain });
  }
}

/** Deletes the volumes of a tenant that are not retained. `also` are retained too. */
export function deleteVolumes(volumes: MemoryVolumes, also: readonly string[] = []): DestroyResult {
  const marks = Object.entries(marksOf(volumes)).sort();
  const isKept = ([name, retain]: [string, boolean]) => retain || also.includes(name);
  const deleted = marks.filter((one) => !isKept(one)).map(([name]) => name);
  for (const name of deleted) volumes.backend.volumes.delete(volumeName(volumes.provider, volumes.tenantId, name));
  const kept = marks.filter(isKept).map(([name]) => name);
  for (const name of kept) retain(volumes, name); // so that a repeated call without `also` keeps it, too
  return { deleted_volumes: deleted, kept_volumes: kept };
}

function retain({ backend, provider, tenantId }: MemoryVolumes, volume: string): void {
  const resource = volumeName(provider, tenantId, volume);
  const found = backend.volumes.get(resource);
  if (found && !found.retain) backend.volumes.set(resource, { ...found, retain: true });
}

export function statusesOf(volumes: MemoryVolumes, serving: TenantComputeSpec | undefined): VolumeStatus[] | undefined {
  return volumeStatuses(marksOf(volumes), serving && mountedVolumes(serving));
}

/** Returns the names of the volumes that a specification mounts and that another installation owns. */
export function foreignVolumes(
  { backend, provider, tenantId, origin }: MemoryVolumes,
  spec: TenantComputeSpec,
): string[] {
  return mountedVolumes(spec).filter((name) => {
    const found = backend.volumes.get(volumeName(provider, tenantId, name));
    return found && !isOwned(found.labels, provider, origin.installation);
  });
}

function marksOf({ backend, provider, tenantId, origin }: MemoryVolumes): VolumeMarks {
  const prefix = volumeName(provider, tenantId, '');
  const marks: Record<string, boolean> = {};
  for (const resource of backend.volumes.keys()) {
    if (!resource.startsWith(prefix)) continue;
    const found = backend.volumes.get(resource);
    const isOwn = found && isOwned(found.labels, provider, origin.installation);
    if (isOwn && found.labels[TENANT_LABEL] === tenantId) marks[resource.slice(prefix.length)] = found.retain;
  }
  return marks;
}
