import * as z from 'zod';

/**
 * How fast calls of one kind go to one backend, and what throttled calls told of its limit. The limit itself stays unknown:
 * a throttled call lowers the rate to what was seen to pass. Then the rate returns on TCP's curve (CUBIC, RFC 9438):
 * quickly towards the rate that passed, slowly around it, and ever faster beyond.
 */
export const Rate = z.object({
  /** The rate that passed before the latest cut, in calls a second. */
  passes: z.number().positive(),
  /** The first slot after the latest cut. A throttled call with an earlier slot tells nothing about the rate since. */
  since: z.object({ slot: z.int(), at: z.number() }),
  /** Whether the limit was not met yet. Then the rate keeps doubling, so a limit of any size is found. */
  searches: z.boolean(),
  /** The time of the first slot that is still free. Epoch milliseconds. */
  next_at: z.number(),
  /** The number of slots granted so far. */
  given: z.int(),
  /** When a call was last throttled. Epoch milliseconds. */
  throttled_at: z.number(),
});
export type Rate = z.infer<typeof Rate>;

/** Kinds of calls with a rate of their own. Backends mostly limit them separately. `look`: a status read of running work. */
export const CallKind = z.enum(['change', 'destroy', 'look']);
export type CallKind = z.infer<typeof CallKind>;

/** The rates of one backend, for those kinds of calls that were ever throttled. */
export const Rates = z.object({ version: z.int(), kinds: z.partialRecord(CallKind, Rate) });
export type Rates = z.infer<typeof Rates>;
