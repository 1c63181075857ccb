import { ProviderFailedError, UpdateFailedError } from '../../../compute/errors.ts';
import {
  defaultLabels,
  INCARNATION_LABEL,
  isOtherIncarnation,
  originLabels,
  TENANT_LABEL,
} from '../../../compute/labels.ts';
import type { DestroyResult } from '../../../compute/results.ts';
import { mountedVolumes, retainedVolumes } from '../../../compute/volumes/volumes.ts';
import { parseClusterArn } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from '../rollout/plan.ts';
import type { TenantService } from '../status/service.ts';
import { CLUSTER_TAG, readRecord, type ServiceRecord, type TagMap } from '../tags.ts';
import {
  type AccessPoint,
  deletePoint,
  listPoints,
  makePoint,
  RETAIN_TAG,
  tagPoint,
  VOLUME_TAG,
} from './access-points.ts';
import { withAccessPoints } from './with-access-points.ts';

/*
 * Volumes on EFS
 *
 * A volume is an access point of the operator's file system. Its tags tell whose it is, which volume, and whether a destroy
 * keeps it, so nothing else records it. It is made before the task definition, which names its id, and removed after the
 * last task. So a crash anywhere leaves access points that the next call finds:
 *
 * - without a service, those that are not retained are what is left of the tenant: the list shows it, and a destroy removes
 *   them;
 * - retained ones are no tenant. A later life of the id finds them by their tags, and marks them as its own;
 * - a destroy first writes which volumes the caller keeps, so that the next call after a crash keeps the same.
 */

/** What a call made or changed, and how to take it back. */
export interface PlannedVolumes {
  /** With the access points in its task definition. */
  plan: Plan;
  /** Restores what was there, after ECS refused the service. */
  undo: () => Promise<void>;
}

/** Makes the access points of the volumes that a plan mounts, and completes the plan with them. */
export async function ensureVolumes(
  context: ProviderContext,
  plan: Plan,
  { fields }: Pick<ServiceRecord, 'fields'> = { fields: new Set() },
): Promise<PlannedVolumes> {
  const { spec, config, definition } = plan;
  const mounted = mountedVolumes(spec);
  const hasVolumes = mounted.length > 0 || fields.has('volumes');
  if (!config.efs || !definition || mounted.length === 0)
    return { plan: { ...plan, hasVolumes }, undo: async () => {} };
  const { file_system_id: fileSystem, ...owner } = config.efs;
  const retained = new Set(retainedVolumes(spec));
  const found = await pointsOf(context, spec.tenant_id);
  const undos: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (const one of undos.toReversed()) await one();
  };
  const ids: Record<string, string> = {};
  try {
    for (const volume of mounted) {
      const tags = pointTags(context, plan, volume, retained.has(volume));
      const known = found.find((point) => point.volume === volume);
      const { point, isNew } = known
        ? { point: known, isNew: false }
        : await makePoint(context, { fileSystem, service: plan.name, tenantId: spec.tenant_id, volume, owner, tags });
      if (isNew) undos.push(() => deletePoint(context, point));
      else if (Object.entries(tags).some(([key, value]) => point.tags[key] !== value)) {
        undos.push(() => tagPoint(context, point, point.tags));
        await tagPoint(context, point, tags);
      }
      ids[volume] = point.id;
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return { plan: { ...plan, hasVolumes, definition: withAccessPoints(definition, ids) }, undo };
}

/** Throws where the volumes of a service are on another file system than the setting names: its tenant would lose them. */
export function refuseOtherFileSystem({ config, name }: Plan, fileSystems: readonly string[]): void {
  const other = fileSystems.find((one) => one !== config.efs?.file_system_id);
  if (other === undefined) return;
  throw new UpdateFailedError(`the volumes of the service ${name} are on the file system ${other}`, {
    hint: `The operator has to restore efs.file_system_id ${other}, or to move the data and destroy the tenant.`,
  });
}

function pointTags(
  { provider, origin }: ProviderContext,
  { spec, config }: Plan,
  volume: string,
  retain: boolean,
): TagMap {
  return {
    ...config.tags,
    ...defaultLabels(spec.tenant_id, provider),
    ...originLabels(origin),
    [CLUSTER_TAG]: parseClusterArn(config.cluster_arn)?.name ?? '',
    [VOLUME_TAG]: volume,
    [RETAIN_TAG]: String(retain),
  };
}

/** Returns the access points of a tenant on the file system of the settings. */
export async function pointsOf(context: ProviderContext, tenantId: string): Promise<AccessPoint[]> {
  const { efs } = context.settings;
  if (!efs) return [];
  const points = await listPoints(context, efs.file_system_id);
  return points.filter(({ tags }) => tags[TENANT_LABEL] === tenantId);
}

/** Returns the tags of what is left of tenants and not retained, by the ids of the tenants. */
export async function leftVolumes(context: ProviderContext): Promise<Map<string, TagMap>> {
  const { efs } = context.settings;
  if (!efs) return new Map();
  const points = await listPoints(context, efs.file_system_id);
  return new Map(points.flatMap(({ tags, retain }) => (retain ? [] : [[tags[TENANT_LABEL] ?? '', tags] as const])));
}

/** Marks volumes that the caller of a destroy keeps. Throws where a tenant has volumes and no setting tells where. */
export async function markRetained(
  context: ProviderContext,
  tenantId: string,
  { retain, found }: { retain: readonly string[]; found: TenantService | undefined },
): Promise<void> {
  const { settings, provider } = context;
  if (!settings.efs && found?.own && readRecord(found.tags)?.fields.has('volumes')) {
    throw new ProviderFailedError(`${tenantId} has volumes, and the settings of ${provider} name no file system`, {
      hint: 'The operator has to restore efs in the defaults of this provider.',
      retryable: false,
    });
  }
  if (retain.length === 0) return;
  for (const point of await pointsOfLife(context, tenantId)) {
    if (retain.includes(point.volume) && !point.retain) await tagPoint(context, point, { [RETAIN_TAG]: 'true' });
  }
}

/** Removes the access points of a tenant that are not retained, except those of another life. Returns what it did. */
export async function removeVolumes(context: ProviderContext, tenantId: string): Promise<DestroyResult> {
  const points = await pointsOfLife(context, tenantId);
  const ended = points.filter(({ retain }) => !retain);
  for (const point of ended) await deletePoint(context, point);
  const folders = ended.map(({ volume, folder }) => `${volume} in ${folder}`).join(', ');
  return {
    deleted_volumes: ended.map(({ volume }) => volume),
    kept_volumes: points.flatMap(({ volume, retain }) => (retain ? [volume] : [])),
    ...(ended.length > 0 && { remains: `${folders} of the file system ${context.settings.efs?.file_system_id}` }),
  };
}

/** Returns the access points of a tenant, by volume, without those of another life than the call is about. */
async function pointsOfLife(context: ProviderContext, tenantId: string): Promise<AccessPoint[]> {
  const points = await pointsOf(context, tenantId);
  return points
    .filter(({ tags }) => !isOtherIncarnation(tags[INCARNATION_LABEL], context.origin.incarnation))
    .sort((a, b) => (a.volume < b.volume ? -1 : 1));
}
