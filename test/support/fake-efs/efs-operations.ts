import type * as efs from '@aws-sdk/client-efs';
import { EcsError } from '../fake-ecs/ecs-error.ts';
import { type EcsState, nextId } from '../fake-ecs/ecs-state.ts';

const PATH = /^(?:\/[A-Za-z0-9._-]+){1,4}$/;
const MAX_PATH = 100;
const MAX_TOKEN = 64;
const MAX_TAGS = 50;

/** The state of EFS: file systems of the operator, access points, and what programs of containers wrote. */
export interface FilesState {
  fileSystems: ReadonlySet<string>;
  /** By id. */
  points: Map<string, { point: efs.AccessPointDescription; tags: Map<string, string> }>;
  /** By file system and path of a folder: the text in it. It outlives the access point. */
  folders: Map<string, string>;
  limit: number;
}

export const efsOperations = {
  CreateAccessPoint(state: EcsState, input: efs.CreateAccessPointRequest) {
    const { files } = state;
    const { ClientToken = '', FileSystemId = '', RootDirectory, PosixUser, Tags = [] } = input;
    if (ClientToken === '' || ClientToken.length > MAX_TOKEN)
      throw bad('The client token must have 1 to 64 characters.');
    const there = [...files.points.values()].find(({ point }) => point.ClientToken === ClientToken);
    if (there) {
      const { AccessPointId } = there.point;
      throw new EcsError('AccessPointAlreadyExists', `The access point ${AccessPointId} exists already.`, 409, {
        AccessPointId,
      });
    }
    requireFileSystem(files, FileSystemId);
    const { Path = '/', CreationInfo } = RootDirectory ?? {};
    if (!PATH.test(Path) || Path.length > MAX_PATH) throw bad(`The path ${Path} is not valid.`);
    if (CreationInfo && !/^[0-7]{3,4}$/.test(CreationInfo.Permissions ?? ''))
      throw bad('The permissions are not valid.');
    if (Tags.length > MAX_TAGS) throw bad('An access point has at most 50 tags.');
    if ([...files.points.values()].filter(({ point }) => point.FileSystemId === FileSystemId).length >= files.limit) {
      throw new EcsError('AccessPointLimitExceeded', 'The file system has as many access points as it may have.', 403);
    }
    const AccessPointId = `fsap-${nextId(state, 17)}`;
    const point = {
      ClientToken,
      AccessPointId,
      FileSystemId,
      RootDirectory,
      PosixUser,
      LifeCycleState: 'available' as const,
    };
    const tags = new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
    files.points.set(AccessPointId, { point, tags });
    return shown({ point, tags });
  },

  DescribeAccessPoints({ files }: EcsState, input: efs.DescribeAccessPointsRequest) {
    const { AccessPointId, FileSystemId, MaxResults = 100, NextToken } = input;
    if (AccessPointId !== undefined && FileSystemId !== undefined) throw bad('Give an access point or a file system.');
    if (AccessPointId !== undefined) return { AccessPoints: [shown(find(files, AccessPointId))] };
    if (FileSystemId !== undefined) requireFileSystem(files, FileSystemId);
    const all = [...files.points.values()]
      .filter(({ point }) => FileSystemId === undefined || point.FileSystemId === FileSystemId)
      .filter(({ point }) => NextToken === undefined || (point.AccessPointId ?? '') > NextToken);
    const page = all.slice(0, Number(MaxResults));
    const last = page.at(-1)?.point.AccessPointId;
    return { AccessPoints: page.map(shown), ...(page.length < all.length && last && { NextToken: last }) };
  },

  TagAccessPoint({ files }: EcsState, { ResourceId, Tags = [] }: efs.TagResourceRequest) {
    const { tags } = find(files, ResourceId);
    for (const { Key = '', Value = '' } of Tags) tags.set(Key, Value);
    return {};
  },

  DeleteAccessPoint({ files }: EcsState, { AccessPointId = '' }: efs.DeleteAccessPointRequest) {
    find(files, AccessPointId);
    files.points.delete(AccessPointId);
    return {};
  },
};

/** Returns the text in the folder of an access point. */
export function readFolder({ files }: EcsState, accessPointId: string | undefined): string | undefined {
  return files.folders.get(folderOf(files, accessPointId));
}

/** Writes a text into the folder of an access point, as the program of a container would. */
export function writeFolder({ files }: EcsState, accessPointId: string | undefined, text: string): void {
  files.folders.set(folderOf(files, accessPointId), text);
}

/** Returns true where every access point of a task definition is there. */
export function canMount(
  { files }: EcsState,
  volumes: readonly { efsVolumeConfiguration?: object | undefined }[] = [],
): boolean {
  return volumes.every(({ efsVolumeConfiguration }) => {
    const { authorizationConfig } = (efsVolumeConfiguration ?? {}) as {
      authorizationConfig?: { accessPointId?: string };
    };
    const id = authorizationConfig?.accessPointId;
    return id === undefined || files.points.has(id);
  });
}

function folderOf(files: FilesState, accessPointId = ''): string {
  const { point } = find(files, accessPointId);
  return `${point.FileSystemId} ${point.RootDirectory?.Path}`;
}

function shown({ point, tags }: { point: efs.AccessPointDescription; tags: ReadonlyMap<string, string> }) {
  return { ...point, Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
}

function find({ points }: FilesState, id = '') {
  const found = points.get(id);
  if (!found) throw new EcsError('AccessPointNotFound', `The access point ${id} does not exist.`, 404);
  return found;
}

function requireFileSystem({ fileSystems }: FilesState, id: string): void {
  if (!fileSystems.has(id)) throw new EcsError('FileSystemNotFound', `The file system ${id} does not exist.`, 404);
}

function bad(message: string): EcsError {
  return new EcsError('BadRequest', message);
}
