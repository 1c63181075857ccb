import * as z from 'zod';

/**
 * How fast calls of one kind go to one provider, and what was learned of its limit by being throttled. Pure. The limit itself
 * is never known: the rate creeps up until a call is throttled, and then goes down to what was seen to pass.
 */
export const Pace = z.object({
  /** Calls a second. */
  rate: z.number().positive(),
  /** The first turn that nobody has. Epoch milliseconds. */
  next_at: z.number(),
  /** Turns given away so far. */
  given: z.int(),
  /** How many of them had been given away when the rate was last lowered: what these meet says little about the rate since. */
  given_before: z.int(),
  /** From where it is measured what passes: the turn, its time, and how many after it were throttled. */
  measured_from: z.object({ turn: z.int(), at: z.number(), throttled: z.int() }),
  /** Epoch milliseconds. */
  throttled_at: z.number(),
});
export type Pace = z.infer<typeof Pace>;

/** The right to one call, from a moment on. Without a number nothing paced it. */
export interface Turn {
  /** Epoch milliseconds. */
  at: number;
  number?: number | undefined;
}

/** Calls a second: what is tried where a provider throttles for the first time, and the bounds. */
const FIRST_RATE = 5;
const SLOWEST = 0.1;
const FASTEST = 10_000;

/** How far ahead turns are given away: farther, the longer nothing was throttled. What is given away cannot be slowed down. Milliseconds. */
const LEAST_AHEAD = 1000;
const MOST_AHEAD = 10_000;

/** By how much each turn raises the rate until the first of them is throttled: to find limits of any size. */
const FIRST_GROWTH = 0.005;
/** What each turn adds to the rate from then on, times its root: of two who share a limit the slower one gains on the faster. */
const GROWTH = 0.0001;
/** What each turn adds besides, when nothing was throttled for `QUIET`; with the square of the time: the limit may be another now. */
const HASTE = 0.0003;
const QUIET = 200_000;

/** Taken off the rate when it was too high, so that the provider's bucket fills a little. */
const MARGIN = 0.05;

/** Over how many seconds, and how many turns, it is measured what passes. */
const MEASURED_SECONDS = { least: 2, most: 10 };
const MEASURED_TURNS = { least: 50, most: 100 };
/** Turns that nobody takes for so long say that there is nothing to pace. Milliseconds. */
const IDLE = 1000;

/** Pacing ends when nothing was throttled for so long and so many calls. */
const CALM_MS = 600_000;
const CALM_CALLS = 500;

/** After the first call that was throttled. */
export function firstPace(now: number): Pace {
  return {
    rate: FIRST_RATE,
    next_at: now + 1000 / FIRST_RATE,
    given: 0,
    given_before: 0,
    measured_from: { turn: 0, at: now, throttled: 0 },
    throttled_at: now,
  };
}

export function isInForce({ rate, throttled_at }: Pace, now: number): boolean {
  return now < throttled_at + CALM_MS + (CALM_CALLS / rate) * 1000;
}

/** Whether it is time to give turns away: not one by one, for each lot costs a write. */
export function isOpen(pace: Pace, now: number): boolean {
  return pace.next_at <= now + ahead(pace, now) / 2;
}

/** How many turns could be given away now, about. */
export function openTurns(pace: Pace, now: number): number {
  return Math.max(1, Math.ceil(((now + ahead(pace, now) - Math.max(now, pace.next_at)) * pace.rate) / 1000));
}

function ahead({ throttled_at, given_before }: Pace, now: number): number {
  if (given_before === 0) return LEAST_AHEAD;
  return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, now - throttled_at));
}

/** Gives away some of the turns that come next, none later than `until`. */
export function give(
  pace: Pace,
  { wanted, now, until = Number.POSITIVE_INFINITY }: { wanted: number; now: number; until?: number | undefined },
): { pace: Pace; turns: Turn[] } {
  let next = caughtUp(pace, now);
  const end = Math.min(until, now + ahead(pace, now));
  const turns: Turn[] = [];
  while (turns.length < wanted && next.next_at <= end) {
    const given = next.given + 1;
    turns.push({ at: next.next_at, number: given });
    next = { ...next, given, next_at: next.next_at + 1000 / next.rate, rate: grown(next) };
  }
  return { pace: next, turns };
}

function grown({ rate, next_at, throttled_at, given_before }: Pace): number {
  const quiet = Math.max(0, next_at - throttled_at) / QUIET;
  const growth = given_before === 0 ? FIRST_GROWTH * rate : GROWTH * Math.sqrt(rate) + HASTE * quiet ** 2;
  return Math.min(FASTEST, rate + growth);
}

/** Turns that have gone by are nobody's. A rate that was not made use of is not known to pass. */
function caughtUp(pace: Pace, now: number): Pace {
  const { given, measured_from: from } = pace;
  const seconds = (now - from.at) / 1000;
  const turns = given - from.turn;
  const isIdle = pace.next_at < now - IDLE;
  const isLong = turns >= MEASURED_TURNS.most && seconds > MEASURED_SECONDS.most;
  const rate = isIdle ? Math.min(pace.rate, Math.max(FIRST_RATE, (2 * (turns - from.throttled)) / seconds)) : pace.rate;
  const next_at = Math.max(pace.next_at, now);
  return {
    ...pace,
    rate,
    next_at,
    ...((isIdle || isLong) && { measured_from: { turn: given, at: next_at, throttled: 0 } }),
  };
}

/**
 * A call was throttled. That tells that the provider's bucket is empty: so what passed in a time before is at least what it
 * lets pass in such a time. The rate goes down to that, and by a margin, once for all turns that were already given away.
 */
export function slowDown(pace: Pace, turn: Turn, now: number): Pace {
  const { given, given_before, measured_from: from } = pace;
  if (turn.number === undefined) {
    if (isInForce(pace, now)) return pace;
    return { ...pace, measured_from: { turn: given, at: now, throttled: 0 }, throttled_at: now };
  }
  const seconds = (turn.at - from.at) / 1000;
  const passed = Math.max(0, turn.number - 1 - from.turn - from.throttled);
  const isKnown = seconds > MEASURED_SECONDS.least;
  const rate = isKnown ? Math.min(pace.rate, (passed + 1) / seconds) : pace.rate;
  return {
    ...pace,
    rate: Math.max(SLOWEST, turn.number > given_before ? rate * (1 - MARGIN) : rate),
    given_before: Math.max(1, given),
    measured_from:
      isKnown && passed >= MEASURED_TURNS.least
        ? { turn: turn.number, at: turn.at, throttled: 0 }
        : { ...from, throttled: from.throttled + (turn.number > from.turn ? 1 : 0) },
    throttled_at: now,
  };
}
