import * as z from 'zod';

/**
 * How fast calls of one kind go to one provider, and what was learned of its limit by being throttled. Pure. The limit itself
 * is never known: when a call is throttled the rate goes down to what was seen to pass, and then comes back on the curve that
 * TCP takes (CUBIC, RFC 9438): quickly towards what passed, slowly about there, and ever faster beyond.
 */
export const Rate = z.object({
  /** What was seen to pass when a call was last throttled. Calls a second. */
  passes: z.number().positive(),
  /** The first turn since then, and its time: what a call met that had an earlier one says nothing of the rate since. */
  since: z.object({ turn: z.int(), at: z.number() }),
  /** Whether the limit was never met yet; then the rate doubles again and again, whatever the size of the limit. */
  searches: z.boolean(),
  /** The first turn that nobody has. Epoch milliseconds. */
  next_at: z.number(),
  /** Turns given away so far. */
  given: z.int(),
  /** Epoch milliseconds. */
  throttled_at: z.number(),
});
export type Rate = z.infer<typeof Rate>;

/** Kinds of calls that are paced each by itself. Backends mostly limit them apart, and none holds another up. */
export const CallKind = z.enum(['change', 'destroy', 'look']);
export type CallKind = z.infer<typeof CallKind>;

/** What is known of the calls to one backend: only of kinds that were ever throttled. */
export const Rates = z.object({ version: z.int(), kinds: z.partialRecord(CallKind, Rate) });
export type Rates = z.infer<typeof Rates>;
