import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TagMap } from '../tags.ts';

/** Tags of Elastic Load Balancing, whose fields begin with capital letters. */
export function toBalancerTags(tags: TagMap): Tag[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
}

export function fromBalancerTags(tags: readonly Tag[] | undefined): TagMap {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}
