import type { Rate } from './rates.ts';

/** The right to one call, from a moment on. Without a number nothing paced it. */
export interface Slot {
  /** Epoch milliseconds. */
  at: number;
  number?: number | undefined;
}

/** Calls a second: what is tried where a provider throttles for the first time, and the bounds. */
const FIRST_RATE = 5;
const SLOWEST = 0.1;
const FASTEST = 10_000;

/** In what time it doubles while the limit is searched for. Milliseconds. */
const DOUBLES = 10_000;
/** How far below what passes the rate begins again, so that the provider's bucket fills a little. */
const MARGIN = 0.05;
/** After how long it is back at what passed. Milliseconds. */
const BACK = 60_000;
/** For how long a new rate is tried: the bucket is still empty, and what was under way still comes. Milliseconds. */
const TRIED = 5_000;
/** So many turns that passed before one was throttled say that it was the limit, and not what still comes without turns. */
const FOUND = 3;
/** Whatever was measured: calls that came late and all at once say little of the limit. */
const MOST_LOST = 0.25;
/** The same while the limit is searched for and next to nothing passed. */
const MOST_LOST_FAR = 0.5;

/** How far ahead turns are given away: farther, the longer nothing was throttled. What is given away cannot be slowed down. Milliseconds. */
const LEAST_AHEAD = 1000;
const MOST_AHEAD = 10_000;
/** Turns that nobody takes for so long say that there is nothing to pace. Milliseconds. */
const IDLE = 1000;

/** For how long after a call was throttled others may be throttled for the same cause. Milliseconds. */
const UNSETTLED = 10_000;

/** Pacing ends when nothing was throttled for so long and so many calls. */
const CALM_MS = 600_000;
const CALM_CALLS = 500;

/** After the first call that was throttled. */
export function firstRate(now: number): Rate {
  const next_at = now + 1000 / FIRST_RATE;
  return { passes: FIRST_RATE, since: { turn: 1, at: next_at }, searches: true, next_at, given: 0, throttled_at: now };
}

/** Calls a second at a time. */
export function rateAt({ passes, since, searches }: Rate, at: number): number {
  const elapsed = Math.max(0, at - since.at);
  const growth = searches ? 2 ** (elapsed / DOUBLES) : 1 + MARGIN * ((elapsed - BACK) / BACK) ** 3;
  return Math.min(FASTEST, Math.max(SLOWEST, passes * growth));
}

export function isInForce({ passes, throttled_at }: Rate, now: number): boolean {
  return now < throttled_at + CALM_MS + (CALM_CALLS / passes) * 1000;
}

/** Whether calls go faster than the limit at present, as they do until it is found and each time it is met again. */
export function isUnsettled({ searches, throttled_at }: Rate, now: number): boolean {
  return searches || now < throttled_at + UNSETTLED;
}

/** Whether it is time to give turns away: not one by one, for each lot costs a write. */
export function isOpen(pace: Rate, now: number): boolean {
  return pace.next_at <= now + ahead(pace, now) / 2;
}

/** How many turns could be given away now, about. */
export function openSlots(pace: Rate, now: number): number {
  const milliseconds = now + ahead(pace, now) - Math.max(now, pace.next_at);
  return Math.max(1, Math.ceil((milliseconds * rateAt(pace, now)) / 1000));
}

function ahead({ throttled_at, searches }: Rate, now: number): number {
  if (searches) return LEAST_AHEAD;
  return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, now - throttled_at));
}

/** Gives away some of the turns that come next, none later than `until`. */
export function give(
  pace: Rate,
  { wanted, now, until = Number.POSITIVE_INFINITY }: { wanted: number; now: number; until?: number | undefined },
): { pace: Rate; turns: Slot[] } {
  const caughtUp = catchUp(pace, now);
  let { given, next_at } = caughtUp;
  const end = Math.min(until, now + ahead(pace, now));
  const turns: Slot[] = [];
  while (turns.length < wanted && next_at <= end) {
    given += 1;
    turns.push({ at: next_at, number: given });
    next_at += 1000 / rateAt(caughtUp, next_at);
  }
  return { pace: { ...caughtUp, given, next_at }, turns };
}

/**
 * Turns that have gone by are nobody's. While none are taken the curve stands still: a rate that is not made use of is not
 * known to pass, and what passed is measured over the time in which it was.
 */
function catchUp(pace: Rate, now: number): Rate {
  const idle = now - pace.next_at;
  if (idle <= 0) return pace;
  const { turn, at } = pace.since;
  return { ...pace, next_at: now, ...(idle > IDLE && { since: { turn, at: at + idle } }) };
}

/** After a time in which nothing was paced, what passed before is all that is known. */
function resume(pace: Rate, now: number): Rate {
  const next_at = Math.max(now, pace.next_at);
  return { ...pace, next_at, since: { turn: pace.given + 1, at: next_at }, throttled_at: now };
}

/**
 * A call was throttled. That tells that the provider's bucket is empty, as it was when a call was last throttled: so what
 * passed meanwhile is what it lets pass in such a time. The rate goes down to that and by a margin, once for all turns that
 * were already given away, in whatever order these are heard of.
 */
export function slowDown(pace: Rate, { at, number }: Slot, now: number): Rate {
  const { since, given, next_at, searches } = pace;
  if (number === undefined) return isInForce(pace, now) ? pace : resume(pace, now);
  const elapsed = at - since.at;
  const isTried = elapsed >= TRIED;
  if (number < since.turn) return { ...pace, throttled_at: now };
  // Too soon to slow down again; but this turn is none of those that passed.
  if (!(isTried || searches)) return { ...pace, since: { ...since, turn: since.turn + 1 }, throttled_at: now };
  const rate = rateAt(pace, at);
  const passed = ((number - since.turn) / Math.max(1, elapsed)) * 1000;
  const isFar = searches && !isTried && number - since.turn < FOUND;
  return {
    ...pace,
    passes: Math.max(SLOWEST, rate * (1 - (isFar ? MOST_LOST_FAR : MOST_LOST)), Math.min(rate, passed)),
    since: { turn: given + 1, at: next_at },
    searches: isFar,
    throttled_at: now,
  };
}
