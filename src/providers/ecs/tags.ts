import type { Tag } from '@aws-sdk/client-ecs';
import {
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  isOwned,
  labelsFor,
  type Origin,
  originLabels,
  TENANT_LABEL,
} from '../../compute/labels.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { EcsConfig } from './config.ts';
import { parseClusterArn } from './names.ts';

/** On a task definition: the `specHash` of the specification that it was made from. */
export const SPEC_HASH_TAG = 'berth.spec_hash';
/** On a task definition: the hash of its content. */
export const CONTENT_HASH_TAG = 'berth.content_hash';
/** On a task definition: the cluster it was made for. All clusters of a region share task definition families. */
export const CLUSTER_TAG = 'berth.cluster';
/** On a service: what it was last told to run, as `<specHash>@<key of the task definition>`; see `requestedValue`. */
export const REQUESTED_TAG = 'berth.requested';
/** On a service that runs given task definitions: the previous value of `REQUESTED_TAG`. */
export const BEFORE_TAG = 'berth.requested_before';
/** Docker label on the first container: digests of the specification's fields; see `digestFields`. */
export const FIELDS_LABEL = 'berth.fields';
/** Docker label on the first container: the tenant's URL or DNS name, if its settings have one. */
export const ADDRESS_LABEL = 'berth.address';

/** Labels that a specification must not set, because Berth relies on them. */
export const RESERVED_TAGS = [SPEC_HASH_TAG, CONTENT_HASH_TAG, CLUSTER_TAG, REQUESTED_TAG, BEFORE_TAG];

export type TagMap = Readonly<Record<string, string>>;

export function toTags(tags: TagMap): Tag[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}

export function fromTags(tags: readonly Tag[] | undefined): TagMap {
  return Object.fromEntries((tags ?? []).map(({ key = '', value = '' }) => [key, value]));
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
const MAX_RESOURCE_TAGS = 50;
/**
 * Returns the tags of all resources of a tenant. With the tags of the kind they stay below the limit of 50 for a resource:
 * 40 labels, 3 of Berth's, 4 of the operator's, 3 more. `withOrigin` adds those of the origin where there is room.
 */
export function tenantTags(spec: TenantComputeSpec, config: EcsConfig, provider: string): TagMap {
  return { ...config.tags, ...labelsFor(spec, provider) };
}

/** How many tags a resource has beside those of the tenant: see the constants above. */
const KIND_TAGS = { service: 2, definition: 3 };

/**
 * Adds the tags of the origin, as far as the limit of 50 tags leaves room. A service always has room for the installation.
 * With 40 labels and 4 tags of the operator, it has none for the incarnation, and its task definition has none for either.
 */
export function withOrigin(tags: TagMap, { installation, incarnation }: Origin, kind: keyof typeof KIND_TAGS): TagMap {
  const room = MAX_RESOURCE_TAGS - KIND_TAGS[kind] - Object.keys(tags).length;
  if (room < 1) return tags;
  return { ...tags, ...originLabels(room > 1 ? { installation, incarnation } : { installation }) };
}

/** The tags of the origin. An update that does not know the origin leaves them alone. */
export const ORIGIN_TAGS: readonly string[] = [INSTALLATION_LABEL, INCARNATION_LABEL];

/** Returns true for the tags of this tenant's service, unless another installation made it. */
export function isTenantService(tags: TagMap, provider: string, tenantId: string, installation?: string): boolean {
  return isOwned(tags, provider, installation) && tags[TENANT_LABEL] === tenantId;
}

/** The provider, its cluster and the installation that a task definition belongs to. */
interface DefinitionHolder {
  provider: string;
  settings: { cluster_arn: string };
  origin: Origin;
}

/** Returns true for the tags of a task definition that this provider made for any tenant of this cluster. */
export function isOwnDefinition(
  tags: TagMap,
  { provider, settings: { cluster_arn }, origin }: DefinitionHolder,
): boolean {
  return isOwned(tags, provider, origin.installation) && tags[CLUSTER_TAG] === parseClusterArn(cluster_arn)?.name;
}

/** Returns the value of `REQUESTED_TAG` for a service that is told to run a task definition for a specification. */
export function requestedValue(specHash: string, definitionArn: string): string {
  return `${specHash}@${definitionKey(definitionArn)}`;
}

/** Returns the `specHash` in a value of `REQUESTED_TAG`, if the value names this task definition. */
export function requestedHash(value: string | undefined, definitionArn: string): string | undefined {
  const [specHash, key] = value?.split('@') ?? [];
  return key === definitionKey(definitionArn) ? specHash : undefined;
}

/** A tag value is too short for an ARN. */
function definitionKey(arn: string): string {
  return hashJson(arn).slice(0, 16);
}
