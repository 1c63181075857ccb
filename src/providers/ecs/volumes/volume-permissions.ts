import type { PermissionStatement } from '../../../compute/permissions.ts';
import { statement, withTags } from '../api/statements.ts';

/** The part of the scope that statements about volumes need. */
export interface VolumeScope {
  provider: string;
  /** ARN of the file system, if the settings have one. */
  fileSystem: string | undefined;
  accessPoints: string;
}

/*
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticfilesystem.html
 * The id of an access point is that of no tenant, so its tags bind it.
 */
export function seeingVolumes({ fileSystem }: VolumeScope): PermissionStatement[] {
  if (fileSystem === undefined) return [];
  return [statement('finds the volumes of tenants', 'elasticfilesystem:DescribeAccessPoints', fileSystem)];
}

export function endingVolumes(scope: VolumeScope): PermissionStatement[] {
  const { fileSystem, accessPoints } = scope;
  if (fileSystem === undefined) return [];
  const owned = withTags('ResourceTag', scope);
  return [
    ...seeingVolumes(scope),
    statement('marks volumes to be kept', 'elasticfilesystem:TagResource', accessPoints, owned),
    statement('removes the volumes of tenants', 'elasticfilesystem:DeleteAccessPoint', accessPoints, owned),
  ];
}

export function makingVolumes(scope: VolumeScope): PermissionStatement[] {
  const { fileSystem, accessPoints } = scope;
  if (fileSystem === undefined) return [];
  const created = { StringEquals: { 'elasticfilesystem:CreateAction': 'CreateAccessPoint' } };
  const owned = withTags('ResourceTag', scope);
  return [
    ...endingVolumes(scope),
    statement(
      'sees the volume that a concurrent call made',
      'elasticfilesystem:DescribeAccessPoints',
      accessPoints,
      owned,
    ),
    statement(
      'makes the volume of a tenant',
      'elasticfilesystem:CreateAccessPoint',
      fileSystem,
      withTags('RequestTag', scope),
    ),
    statement('tags volumes when they are made', 'elasticfilesystem:TagResource', accessPoints, created),
  ];
}
