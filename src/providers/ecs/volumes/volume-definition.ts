import type { MountPoint, Volume } from '@aws-sdk/client-ecs';
import type { ContainerSpec, TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { mountedVolumes } from '../../../compute/volumes/volumes.ts';
import type { EcsConfig } from '../config.ts';

/** Stands for an access point until it is there: `ensureVolumes`. As long as a real id. */
const UNKNOWN_POINT = 'fsap-00000000000000000';

/**
 * Maps the volumes of a specification to those of its task definition. The access point decides about the folder, the
 * task role about the access: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-efs-config.html
 */
export function toVolumes(spec: TenantComputeSpec, { efs }: EcsConfig): Volume[] {
  if (!efs) return [];
  return mountedVolumes(spec).map((name) => ({
    name,
    efsVolumeConfiguration: {
      fileSystemId: efs.file_system_id,
      transitEncryption: 'ENABLED',
      authorizationConfig: { accessPointId: UNKNOWN_POINT, iam: 'ENABLED' },
    },
  }));
}

export function toMountPoints({ volumes = [] }: ContainerSpec): MountPoint[] {
  return volumes.map(({ name, path, read_only = false }) => ({
    sourceVolume: name,
    containerPath: path,
    readOnly: read_only,
  }));
}
