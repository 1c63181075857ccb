import type { Health } from '../../compute/results.ts';
import { addMs, CLOCK_TOLERANCE_MS } from '../clock.ts';
import type { IndexedSummary } from '../model/summary.ts';
import type { Round } from './round.ts';

/*
 * What is shown of a tenant's health
 *
 * Looks that find no change write nothing about a tenant: with thousands of tenants and a look every few seconds, almost all
 * writes would say that nothing happened. So a tenant's record says what its health is and since when, and one record for
 * each provider says when a round has last looked at all of them. A read combines the two: one item more, for any number
 * of tenants.
 *
 * A round speaks for a tenant only if it did look at it: the tenant has a record of health, it was watched and last changed
 * before the round began, and the round does not name it as excluded. Without such a round, the look on record counts. A
 * health that was not looked at for several rounds is unknown.
 */

export interface ShownHealth {
  health: Health;
  /** When it was last observed; null if never. */
  observed_at: string | null;
  restart_count: number;
}

type Watched = Pick<
  IndexedSummary,
  'tenant_id' | 'health' | 'observed_at' | 'restart_count' | 'updated_at' | 'watched'
>;

/** How many rounds a tenant may be left out of before its health is unknown, and the time that a round may take more. */
const STALE_ROUNDS = 3;
const STALE_TOLERANCE_MS = 60_000;

/** Returns what is shown of a tenant, given the record of its provider's rounds. Pure. */
export function shownHealth(tenant: Watched, round: Round | undefined, now: string): ShownHealth {
  const { restart_count, watched } = tenant;
  if (watched === undefined) return { health: 'unknown', observed_at: null, restart_count };
  const observed_at = lastLook(tenant, round, now);
  const isStale = observed_at === null || (round !== undefined && isOld(observed_at, round, now));
  return { health: isStale ? 'unknown' : tenant.health, observed_at, restart_count };
}

function lastLook(tenant: Watched, round: Round | undefined, now: string): string | null {
  const { observed_at, watched, updated_at, tenant_id } = tenant;
  const { at, excluded = [] } = round ?? {};
  const limit = addMs(now, CLOCK_TOLERANCE_MS);
  const recorded = observed_at !== null && observed_at <= limit ? observed_at : null;
  const isCovered = watched === 'settled' || watched === 'unsettled';
  if (!at || at > limit || !isCovered || observed_at === null || excluded.includes(tenant_id)) return recorded;
  const isOlder = updated_at <= at || updated_at > limit; // a time in the future is that of a wrong clock
  return isOlder && at > (recorded ?? '') ? at : recorded;
}

function isOld(observedAt: string, { every_ms }: Round, now: string): boolean {
  return addMs(observedAt, STALE_ROUNDS * every_ms + STALE_TOLERANCE_MS) < now;
}
