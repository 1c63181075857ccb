import type { VolumeStatus } from '../../../compute/results.ts';
import { volumeStatuses } from '../../../compute/volumes/volumes.ts';
import type { ProviderContext } from '../provider-context.ts';
import { findRevision } from '../status/revisions.ts';
import type { TenantService } from '../status/service.ts';
import { readRecord } from '../tags.ts';
import { pointsOf } from './tenant-volumes.ts';

/** Returns the volumes of a tenant as its status shows them. Reads nothing for a tenant that never had one. */
export async function readVolumes(
  context: ProviderContext,
  tenantId: string,
  { service, tags }: TenantService,
): Promise<VolumeStatus[] | undefined> {
  if (!readRecord(tags)?.fields.has('volumes')) return undefined;
  const points = await pointsOf(context, tenantId);
  const { containers = [] } = (await findRevision(context, service.taskDefinition ?? '')) ?? {};
  const mounts = containers.flatMap(({ mountPoints = [] }) => mountPoints.flatMap((one) => one.sourceVolume ?? []));
  return volumeStatuses(Object.fromEntries(points.map(({ volume, retain }) => [volume, retain])), mounts);
}
