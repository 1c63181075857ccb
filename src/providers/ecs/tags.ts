import { hash } from 'node:crypto';
import type { Tag } from '@aws-sdk/client-ecs';
import {
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  isOwned,
  labelsFor,
  type Origin,
  OWNER_LABEL,
  originLabels,
  PROVIDER_LABEL,
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
/** On a service: what it was last told to run, and what Berth set for that; see `requestedValue`. */
export const REQUESTED_TAG = 'berth.requested';
/** On a service that runs given task definitions: the previous value of `REQUESTED_TAG`. */
export const BEFORE_TAG = 'berth.requested_before';
/** Docker label on the first container: digests of the specification's fields; see `digestFields`. */
export const FIELDS_LABEL = 'berth.fields';
/** Docker label on the first container: the tenant's URL or DNS name, if its settings or its specification have one. */
export const ADDRESS_LABEL = 'berth.address';

/** Labels that a specification must not set, because Berth relies on them. */
export const RESERVED_TAGS = [SPEC_HASH_TAG, CONTENT_HASH_TAG, CLUSTER_TAG, REQUESTED_TAG, BEFORE_TAG];

/** The tags with a meaning for Berth. */
const BERTHS_TAGS: ReadonlySet<string> = new Set([
  ...RESERVED_TAGS,
  OWNER_LABEL,
  TENANT_LABEL,
  PROVIDER_LABEL,
  INSTALLATION_LABEL,
  INCARNATION_LABEL,
]);

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

/*
 * What Berth remembers of a service
 *
 * `UpdateService` keeps what a call leaves out, and other controllers change services too. So Berth has to know which
 * fields and tags are its own: only those may be removed when nothing asks for them any more. There are fewer tags than
 * labels to remember, so the value of one tag holds everything, in at most 256 characters:
 *
 *   <specHash>@<key of the task definition>@<digest of the operator's settings>@<fields>@<digests of tag keys>@<mark>
 *
 * The mark tells of a stop or a restart (status/run-state.ts); it contains a colon, and mostly there is none. Older versions
 * wrote the first two parts only. For them every field counts as Berth's, and no further tag does.
 */

/** The optional fields of a service, each with the letter that records it. */
const FIELD_LETTERS = {
  load_balancer: 'l',
  service_registry: 'r',
  service_connect: 'c',
  capacity_providers: 'p',
  platform_version: 'v',
  autoscaling: 's',
  gateway: 'g',
  /** Not a field of the service: access points of EFS, also of volumes that no version mounts any more. */
  volumes: 'd',
  /** Not a field: a rule and a target group of before, which are to be removed. */
  stale_address: 'x',
} as const;
export type OptionalField = keyof typeof FIELD_LETTERS;
const optionalFields = Object.keys(FIELD_LETTERS) as OptionalField[];

/** The optional fields that older versions could set. */
export const OLDER_FIELDS: ReadonlySet<OptionalField> = new Set(
  optionalFields.filter((field) => !['autoscaling', 'gateway', 'volumes', 'stale_address'].includes(field)),
);

/** What Berth set on a service. */
export interface ServiceRecord {
  /** Digest of the operator's settings that were applied last; undefined while steps are left to do. */
  settings: string | undefined;
  /** The optional fields that Berth set, also those of an update that was interrupted. */
  fields: ReadonlySet<OptionalField>;
  /** Digests of the keys of the labels and of the operator's tags. */
  keys: ReadonlySet<string>;
}

/** Three characters for each key: 44 of them fit into a tag, beside the mark of a restart. */
export function keyDigest(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 3);
}

/** Returns the digests of the keys that a specification or the operator chose. */
export function keyDigests(tags: TagMap): ReadonlySet<string> {
  const chosen = Object.keys(tags).filter((key) => !BERTHS_TAGS.has(key));
  return new Set(chosen.map(keyDigest));
}

/** Returns the value of `REQUESTED_TAG` for a service that is told to run a task definition for a specification. */
export function requestedValue(specHash: string, definitionArn: string, record?: ServiceRecord): string {
  const request = `${specHash}@${definitionKey(definitionArn)}`;
  return record ? withRecord(request, record) : request;
}

/** The parts of a value of `REQUESTED_TAG`. */
interface Requested {
  request: string[];
  record: string[] | undefined;
  mark: string | undefined;
}

function parseRequested(value = ''): Requested {
  const parts = value.split('@');
  const mark = parts.at(-1)?.includes(':') ? parts.pop() : undefined;
  return { request: parts.slice(0, 2), record: parts.length >= 5 ? parts.slice(2, 5) : undefined, mark };
}

function formatRequested({ request, record = [], mark }: Requested): string {
  return [...request, ...record, ...(mark === undefined ? [] : [mark])].join('@');
}

/** Returns a value of `REQUESTED_TAG` with another record. */
export function withRecord(requested: string, { settings = '', fields, keys }: ServiceRecord): string {
  const letters = optionalFields.filter((field) => fields.has(field)).map((field) => FIELD_LETTERS[field]);
  const record = [settings, letters.join(''), [...keys].sort().join('')];
  return formatRequested({ ...parseRequested(requested), record });
}

/** Returns a value of `REQUESTED_TAG` with another mark. */
export function withMark(requested: string | undefined, mark: string): string {
  return formatRequested({ ...parseRequested(requested), mark });
}

/** Returns the mark in a value of `REQUESTED_TAG`, if it has one. */
export function markOf({ [REQUESTED_TAG]: value }: TagMap): string | undefined {
  return parseRequested(value).mark;
}

/** Returns true for two values of `REQUESTED_TAG` that name the same specification and task definition. */
export function isSameRequest(one: string | undefined, other: string | undefined): boolean {
  return parseRequested(one).request.join('@') === parseRequested(other).request.join('@');
}

/** Returns the record in a value of `REQUESTED_TAG`. Undefined if an older version wrote it. */
export function readRecord({ [REQUESTED_TAG]: value }: TagMap): ServiceRecord | undefined {
  const [settings, letters, keys] = parseRequested(value).record ?? [];
  if (settings === undefined || letters === undefined || keys === undefined) return undefined;
  return {
    settings: settings || undefined,
    fields: new Set(optionalFields.filter((field) => letters.includes(FIELD_LETTERS[field]))),
    keys: new Set(keys.match(/.{3}/g) ?? []),
  };
}

/** Returns the `specHash` in a value of `REQUESTED_TAG`, if the value names this task definition. */
export function requestedHash(value: string | undefined, definitionArn: string): string | undefined {
  const [specHash, key] = value?.split('@') ?? [];
  return key === definitionKey(definitionArn) ? specHash : undefined;
}

/** Returns the `specHash` that was requested last, whatever task definition runs it. */
export function requestedSpec({ [REQUESTED_TAG]: value }: TagMap): string | undefined {
  return value?.split('@')[0];
}

/** A tag value is too short for an ARN. */
function definitionKey(arn: string): string {
  return hashJson(arn).slice(0, 16);
}
