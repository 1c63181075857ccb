import type { Tag } from '@aws-sdk/client-ecs';
import { INCARNATION_LABEL, isOwned, labelsFor, TENANT_LABEL } from '../../compute/labels.ts';
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
export const RESERVED_TAGS = [
  SPEC_HASH_TAG,
  CONTENT_HASH_TAG,
  CLUSTER_TAG,
  REQUESTED_TAG,
  BEFORE_TAG,
  INCARNATION_LABEL,
];

export type TagMap = Readonly<Record<string, string>>;

export function toTags(tags: TagMap): Tag[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}

export function fromTags(tags: readonly Tag[] | undefined): TagMap {
  return Object.fromEntries((tags ?? []).map(({ key = '', value = '' }) => [key, value]));
}

/**
 * Returns the tags of all resources of a tenant. With the tags of the kind they stay below the limit of 50 for a resource:
 * 40 labels, 3 of Berth's, 4 of the operator's, 3 more.
 */
export function tenantTags(spec: TenantComputeSpec, config: EcsConfig, provider: string): TagMap {
  return { ...config.tags, ...labelsFor(spec, provider) };
}

/** Returns true for the tags of this tenant's service. */
export function isTenantService(tags: TagMap, provider: string, tenantId: string): boolean {
  return isOwned(tags, provider) && tags[TENANT_LABEL] === tenantId;
}

/** Returns true for the tags of a task definition that this provider made for any tenant of this cluster. */
export function isOwnDefinition(tags: TagMap, provider: string, { cluster_arn }: { cluster_arn: string }): boolean {
  return isOwned(tags, provider) && tags[CLUSTER_TAG] === parseClusterArn(cluster_arn)?.name;
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
