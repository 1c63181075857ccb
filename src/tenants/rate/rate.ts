import type { Rate } from './rates.ts';

/*
 * The arithmetic of a rate, without a clock or a table. The problem: a backend takes some number of calls a second and
 * refuses the rest, and nothing tells that number. The only signal is a throttled call.
 *
 * A backend's limit is a token bucket. A throttled call says that the bucket is empty, as it was at the throttled call
 * before; so the calls that passed between the two are what the backend lets pass in that time. `slowDown` sets the rate to
 * that, less a margin in which the bucket fills a little. `rateAt` lets it return on a cubic curve.
 *
 * Three things make single observations unreliable, and each has a bound here:
 * - Calls that were granted before a cut are still under way and get throttled for the old cause. They carry slot numbers
 *   below `since.slot` and cut nothing (`slowDown`).
 * - Right after a cut the bucket is still empty. A call throttled within `TRIED` cuts nothing, but does not count as passed.
 * - A machine that stood still sends late calls all at once, and what they meet says little. One cut takes at most a
 *   quarter (`MOST_LOST`).
 *
 * While no slots are taken the curve stands still (`catchUp`): a rate that is not used is not known to pass.
 */

/** The right to make one call, from a moment on. Without a number no rate was in force when it was granted. */
export interface Slot {
  /** Epoch milliseconds. */
  at: number;
  number?: number | undefined;
}

/** Calls a second: the first rate after a backend throttled for the first time, and the bounds of every rate. */
const FIRST_RATE = 5;
const SLOWEST = 0.1;
const FASTEST = 10_000;

/** The time in which a rate doubles while it searches for the limit. Milliseconds. */
const DOUBLES = 10_000;
/** The share by which a rate starts below what passed. */
const MARGIN = 0.05;
/** The time after which a rate is back at what passed. Milliseconds. */
const BACK = 60_000;
/** How long a new rate is left alone. Milliseconds. */
const TRIED = 5_000;
/** With this many slots passed before one was throttled, the limit counts as found. */
const FOUND = 3;
/** The largest cut, as a share of the rate. */
const MOST_LOST = 0.25;
/** The largest cut while the limit is searched for and next to nothing passed. */
const MOST_LOST_FAR = 0.5;

/**
 * How far ahead slots are granted: farther, the longer nothing was throttled. A granted slot cannot be slowed down.
 * Milliseconds.
 */
const LEAST_AHEAD = 1000;
export const MOST_AHEAD = 10_000;
/** When no slot was taken for this long, demand is below the rate. Milliseconds. */
const IDLE = 1000;

/** How long after a throttled call others may be throttled for the same cause. Milliseconds. */
const UNSETTLED = 10_000;

/** A rate is no longer in force when nothing was throttled for this long and for this many calls. */
const CALM_MS = 600_000;
const CALM_CALLS = 500;

/** Returns the rate after the first throttled call. */
export function firstRate(now: number): Rate {
  const next_at = now + 1000 / FIRST_RATE;
  return { passes: FIRST_RATE, since: { slot: 1, at: next_at }, searches: true, next_at, given: 0, throttled_at: now };
}

/** Returns the calls a second at that time. */
export function rateAt({ passes, since, searches }: Rate, at: number): number {
  const elapsed = Math.max(0, at - since.at);
  const growth = searches ? 2 ** (elapsed / DOUBLES) : 1 + MARGIN * ((elapsed - BACK) / BACK) ** 3;
  return Math.min(FASTEST, Math.max(SLOWEST, passes * growth));
}

export function isInForce({ passes, throttled_at }: Rate, now: number): boolean {
  return now < throttled_at + CALM_MS + (CALM_CALLS / passes) * 1000;
}

/** Returns true while calls exceed the limit: until it is found, and each time it is met again. */
export function isUnsettled({ searches, throttled_at }: Rate, now: number): boolean {
  return searches || now < throttled_at + UNSETTLED;
}

/** Returns true when the next batch of slots may be granted. Slots come in batches because each batch costs a write. */
export function isOpen(rate: Rate, now: number): boolean {
  return rate.next_at <= now + aheadMs(rate, now) / 2;
}

/** Returns about how many slots could be granted now, at least 1. */
export function openSlots(rate: Rate, now: number): number {
  const ms = now + aheadMs(rate, now) - Math.max(now, rate.next_at);
  return Math.max(1, Math.ceil((ms * rateAt(rate, now)) / 1000));
}

function aheadMs({ throttled_at, searches }: Rate, now: number): number {
  if (searches) return LEAST_AHEAD;
  return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, now - throttled_at));
}

/** Grants up to `wanted` of the next slots, none later than `until`. Returns them and the rate without them. */
export function grantSlots(
  rate: Rate,
  { wanted, now, until = Number.POSITIVE_INFINITY }: { wanted: number; now: number; until?: number | undefined },
): { rate: Rate; slots: Slot[] } {
  const current = catchUp(rate, now);
  let { given, next_at } = current;
  const end = Math.min(until, now + aheadMs(rate, now));
  const slots: Slot[] = [];
  while (slots.length < wanted && next_at <= end) {
    given += 1;
    slots.push({ at: next_at, number: given });
    next_at += 1000 / rateAt(current, next_at);
  }
  return { rate: { ...current, given, next_at }, slots };
}

/** Drops slots whose time has passed. After an idle time the curve goes on where it stood. */
function catchUp(rate: Rate, now: number): Rate {
  const idle = now - rate.next_at;
  if (idle <= 0) return rate;
  const { slot, at } = rate.since;
  return { ...rate, next_at: now, ...(idle > IDLE && { since: { slot, at: at + idle } }) };
}

/** How far ahead a time of a rate may lie: that of the slots, and some more for clocks that differ. Milliseconds. */
const MOST_AHEAD_EVER = 60_000;

/** Returns the rate without times that were written while a clock was ahead: they would hold all calls until then. */
export function withoutFuture(rate: Rate, now: number): Rate {
  const latest = now + MOST_AHEAD_EVER;
  if (rate.next_at <= latest && rate.throttled_at <= latest) return rate;
  return { ...resume({ ...rate, next_at: now }, now), searches: rate.searches };
}

/** Returns the rate in force again, after a time in which it was not: it starts at what passed before. */
function resume(rate: Rate, now: number): Rate {
  const next_at = Math.max(now, rate.next_at);
  return { ...rate, next_at, since: { slot: rate.given + 1, at: next_at }, throttled_at: now };
}

/** Returns the rate after the call of a slot was throttled. The order in which throttled calls are reported is free. */
export function slowDown(rate: Rate, { at, number }: Slot, now: number): Rate {
  const { since, given, next_at, searches } = rate;
  if (number === undefined) return isInForce(rate, now) ? rate : resume(rate, now);
  const elapsed = at - since.at;
  const isTried = elapsed >= TRIED;
  if (number < since.slot) return { ...rate, throttled_at: now };
  // Too soon for another cut; but this slot must not count as passed.
  if (!(isTried || searches)) return { ...rate, since: { ...since, slot: since.slot + 1 }, throttled_at: now };
  const current = rateAt(rate, at);
  const passed = ((number - since.slot) / Math.max(1, elapsed)) * 1000;
  const isFar = searches && !isTried && number - since.slot < FOUND;
  return {
    ...rate,
    passes: Math.max(SLOWEST, current * (1 - (isFar ? MOST_LOST_FAR : MOST_LOST)), Math.min(current, passed)),
    since: { slot: given + 1, at: next_at },
    searches: isFar,
    throttled_at: now,
  };
}
