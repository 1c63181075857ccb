import type { Tag } from '@aws-sdk/client-ecs';
import { isOwned, labelsFor, TENANT_LABEL } from '../../compute/labels.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { EcsConfig } from './config.ts';
import { parseClusterArn } from './names.ts';

/** On a task definition: `specHash` of the specification it was made from. */
export const SPEC_HASH_TAG = 'berth.spec_hash';
/** On a task definition: the address of its content. */
export const CONTENT_HASH_TAG = 'berth.content_hash';
/** On a task definition: the cluster it was made for. Families are shared by all clusters of a region, services are not. */
export const CLUSTER_TAG = 'berth.cluster';
/** On a service: what it was last asked to run, as `<specHash>@<key of the task definition>`; and what before, where Berth did not make that itself. */
export const REQUESTED_TAG = 'berth.requested';
export const BEFORE_TAG = 'berth.requested_before';
/** On a container, as a Docker label: the fields of the specification; see `digestFields`. */
export const FIELDS_LABEL = 'berth.fields';

/** Beside it: the URL or the DNS name at which the tenant answers, where its settings say one. */
export const ADDRESS_LABEL = 'berth.address';

/** Labels that a specification must not carry, for Berth finds its way by them. */
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

/**
 * What everything of a tenant is tagged with. With the tags of its kind it stays below the 50 that a resource can have:
 * 40 labels, 3 of Berth's, 4 of the operator's, 3 more.
 */
export function tenantTags(spec: TenantComputeSpec, config: EcsConfig, provider: string): TagMap {
  return { ...config.tags, ...labelsFor(spec, provider) };
}

/** Whether these are the tags of a service of this tenant. */
export function isTenantService(tags: TagMap, provider: string, tenantId: string): boolean {
  return isOwned(tags, provider) && tags[TENANT_LABEL] === tenantId;
}

/** Whether these are the tags of a task definition of this provider, for any tenant of this cluster. */
export function isOwnDefinition(tags: TagMap, provider: string, { cluster_arn }: EcsConfig): boolean {
  return isOwned(tags, provider) && tags[CLUSTER_TAG] === parseClusterArn(cluster_arn)?.name;
}
