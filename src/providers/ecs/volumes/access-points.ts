import { hash, randomBytes } from 'node:crypto';
import type { AccessPointDescription } from '@aws-sdk/client-efs';
import { ProviderFailedError, ResourceConflictError } from '../../../compute/errors.ts';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import { nameOf } from '../api/aws-error.ts';
import type { ProviderContext } from '../provider-context.ts';
import { isOwnDefinition, type TagMap } from '../tags.ts';

/** On an access point: the name of the volume, and whether a destroy keeps it. */
export const VOLUME_TAG = 'berth.volume';
export const RETAIN_TAG = 'berth.retain';

/** Attempts to make an access point while others delete the one before. */
const ATTEMPTS = 3;
/** https://docs.aws.amazon.com/efs/latest/ug/API_DescribeAccessPoints.html */
const PAGE = 100;

/** An access point that Berth made. */
export interface AccessPoint {
  id: string;
  volume: string;
  /** The folder of the file system that it shows. */
  folder: string;
  retain: boolean;
  tags: TagMap;
}

/** An access point as Berth wants it. */
export interface WantedPoint {
  fileSystem: string;
  /** Of the tenant: the access points of two services never have the same token. */
  service: string;
  tenantId: string;
  volume: string;
  owner: { uid: number; gid: number };
  tags: TagMap;
}

/** Lists what Berth made for a provider in a file system. EFS finds access points by no tag, so all pages are read. */
export async function listPoints(context: ProviderContext, fileSystem: string): Promise<AccessPoint[]> {
  const found: AccessPoint[] = [];
  let NextToken: string | undefined;
  do {
    const input = { FileSystemId: fileSystem, MaxResults: PAGE, ...(NextToken !== undefined && { NextToken }) };
    const output = await refusing(context, fileSystem, () => context.send('DescribeAccessPoints', input));
    for (const one of output.AccessPoints ?? []) {
      const point = toPoint(one);
      if (isAlive(one) && point.volume !== '' && isOwnDefinition(point.tags, context)) found.push(point);
    }
    NextToken = output.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

/*
 * Making an access point once
 *
 * The token follows from the service, its installation and the volume. So EFS makes one access point, however often the call
 * is repeated, and however many calls race. The folder is random: deleting an access point leaves the files, so a name that
 * follows from the tenant would show the files of its life before. The call that loses finds the access point of the one
 * that won, with its folder. EFS does not say how long it remembers the token of a deleted access point. Where it still
 * does, the id of the deleted one makes the next token.
 * https://docs.aws.amazon.com/efs/latest/ug/API_CreateAccessPoint.html
 */
export async function makePoint(
  context: ProviderContext,
  wanted: WantedPoint,
): Promise<{ point: AccessPoint; isNew: boolean }> {
  const { fileSystem, tenantId, volume, owner, tags } = wanted;
  const folder = `/berth/${tenantId.slice(0, 40)}-${volume.slice(0, 20)}-${randomBytes(8).toString('hex')}`;
  const { cluster_arn } = context.settings;
  const key = [fileSystem, cluster_arn, context.origin.installation ?? '', wanted.service, volume];
  const before: string[] = [];
  while (before.length < ATTEMPTS) {
    try {
      const made = await refusing(context, fileSystem, () =>
        context.send('CreateAccessPoint', {
          ClientToken: hash('sha256', [...key, ...before].join(' '), 'hex'),
          FileSystemId: fileSystem,
          PosixUser: { Uid: owner.uid, Gid: owner.gid },
          RootDirectory: {
            Path: folder,
            CreationInfo: { OwnerUid: owner.uid, OwnerGid: owner.gid, Permissions: '0700' },
          },
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        }),
      );
      return { point: toPoint(made), isNew: true };
    } catch (error) {
      if (nameOf(error) !== 'AccessPointAlreadyExists') throw error;
      const id = (error as { AccessPointId?: string }).AccessPointId ?? '';
      const there = await findPoint(context, id);
      if (there && !isTenants(context, there, wanted)) throw foreign(there, wanted);
      if (there) return { point: there, isNew: false };
      before.push(id);
    }
  }
  throw new ProviderFailedError(`the volume ${volume} of ${tenantId} is being changed by others. Try again shortly`);
}

/** Writes tags of an access point. */
export async function tagPoint({ send }: ProviderContext, { id }: { id: string }, tags: TagMap): Promise<void> {
  await send('TagAccessPoint', { ResourceId: id, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
}

/** Deletes an access point. Its folder and the files in it stay: only a client that mounts the file system removes those. */
export async function deletePoint({ send }: ProviderContext, { id }: { id: string }): Promise<void> {
  try {
    await send('DeleteAccessPoint', { AccessPointId: id });
  } catch (error) {
    if (nameOf(error) !== 'AccessPointNotFound') throw error;
  }
}

async function findPoint({ send }: ProviderContext, AccessPointId: string): Promise<AccessPoint | undefined> {
  try {
    const { AccessPoints = [] } = await send('DescribeAccessPoints', { AccessPointId });
    return AccessPoints.filter(isAlive).map(toPoint)[0];
  } catch (error) {
    if (nameOf(error) === 'AccessPointNotFound') return undefined;
    throw error;
  }
}

function isTenants(
  context: ProviderContext,
  { tags, ...point }: AccessPoint,
  { tenantId, volume }: WantedPoint,
): boolean {
  return isOwnDefinition(tags, context) && tags[TENANT_LABEL] === tenantId && point.volume === volume;
}

/** Data of another tenant must not be mounted, whatever made an access point with this token. */
function foreign({ id }: AccessPoint, { tenantId, volume }: WantedPoint): ResourceConflictError {
  return new ResourceConflictError(
    `the access point ${id} lacks Berth's tags for the volume ${volume} of ${tenantId}`,
    {
      hint: 'The operator has to restore its tags, or to delete it.',
    },
  );
}

function isAlive({ LifeCycleState }: AccessPointDescription): boolean {
  return LifeCycleState !== 'deleting' && LifeCycleState !== 'deleted';
}

function toPoint({ AccessPointId: id = '', RootDirectory, Tags = [] }: AccessPointDescription): AccessPoint {
  const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  const volume = tags[VOLUME_TAG] ?? '';
  return { id, volume, folder: RootDirectory?.Path ?? '', retain: tags[RETAIN_TAG] === 'true', tags };
}

/** Explains the refusals that only the operator can end. */
async function refusing<T>({ provider }: ProviderContext, fileSystem: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const [message, hint] = refusals[nameOf(error)] ?? [];
    if (!message) throw error;
    throw new ProviderFailedError(`the file system ${fileSystem} of ${provider} ${message}`, {
      cause: error,
      retryable: false,
      ...(hint && { hint }),
    });
  }
}

const refusals: Readonly<Record<string, readonly [string, string]>> = {
  FileSystemNotFound: [
    'does not exist in the account and region of the cluster',
    'The operator has to correct efs.file_system_id in the defaults of this provider.',
  ],
  AccessPointLimitExceeded: [
    'has as many access points as it may have, and a volume needs one more',
    'Destroy tenants that are no longer needed, or request a higher quota of access points.',
  ],
};
