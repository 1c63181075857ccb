import { hashJson } from '../../../compute/spec/json.ts';
import type { Definition } from '../mapping.ts';
import { CONTENT_HASH_TAG } from '../tags.ts';

/** Returns a task definition with the ids of its access points, by volume. They are part of its content. */
export function withAccessPoints(
  { input, contentHash: before }: Definition,
  ids: Readonly<Record<string, string>>,
): Definition {
  const contentHash = hashJson({ before, ids });
  const volumes = (input.volumes ?? []).map(({ name = '', efsVolumeConfiguration: efs }) => ({
    name,
    efsVolumeConfiguration: {
      ...efs,
      fileSystemId: efs?.fileSystemId,
      authorizationConfig: { accessPointId: ids[name], iam: 'ENABLED' as const },
    },
  }));
  const tags = (input.tags ?? []).map((tag) => (tag.key === CONTENT_HASH_TAG ? { ...tag, value: contentHash } : tag));
  return { input: { ...input, volumes, tags }, contentHash };
}
