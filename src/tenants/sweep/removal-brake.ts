import type { HeldBack, Installation, Orphan } from '../model/records.ts';

/** What happens to orphans of this installation: they are removed under the brake below, or only reported. */
export type OrphanPolicy = 'report' | 'remove';

/** How long before its removal an orphan is announced, at the least. Milliseconds. */
export const NOTICE_MS = 10 * 60_000;
/** How old a table has to be before anything is removed. Milliseconds. */
const NEW_TABLE_MS = 3_600_000;
/** Removals stop while more than one in so many of the held tenants is unknown. */
const UNKNOWN_SHARE = 10;
/** How many orphans an installation removes by itself in an hour. */
export const REMOVALS = { max: 10, windowMs: 3_600_000 };

/** Why an orphan is not removed by itself, for people. */
export const heldBackTexts: Readonly<Record<HeldBack, string>> = {
  policy: 'orphan_policy of the provider is report',
  no_installation: 'its resources carry no installation id, so they may belong to another installation',
  new_table: 'the table is less than an hour old',
  many_unknown: 'the table does not know more than a tenth of what the provider holds: it may be empty or restored',
  rate: 'ten orphans were removed within the last hour',
  tenant_elsewhere: 'a tenant of this id exists on another provider',
};

/** What a whole inventory of a provider counted. */
export interface Census {
  held: number;
  orphans: number;
  unowned: number;
  foreign: number;
}

/**
 * Returns when an orphan may be removed, or undefined where it is only reported. `since`: when its removal was decided on;
 * the announcement goes out then.
 */
export function removalTime(
  policy: OrphanPolicy,
  { installation }: Pick<Orphan, 'installation'>,
  { created_at }: Installation,
  since: number,
): string | undefined {
  if (policy !== 'remove' || installation === undefined) return undefined;
  return new Date(Math.max(since + NOTICE_MS, Date.parse(created_at) + NEW_TABLE_MS)).toISOString();
}

/** Returns why no orphan of a provider may be removed now, or undefined where they may. */
export function brakeOf(
  policy: OrphanPolicy,
  { held, orphans, unowned, foreign }: Census,
  { created_at }: Installation,
  now: number,
): HeldBack | undefined {
  if (policy !== 'remove') return 'policy';
  if (Date.parse(created_at) + NEW_TABLE_MS > now) return 'new_table';
  if ((orphans + unowned) * UNKNOWN_SHARE > held - foreign) return 'many_unknown';
  return undefined;
}
