import * as z from 'zod';

/** The position in each stream at the end of a page of logs, by a hash of the stream's name; see `LogPosition`. */
export const LogCursor = z.strictObject({ ecs: z.record(z.string(), z.tuple([z.int().min(0), z.int().min(0)])) });
export type LogCursor = z.infer<typeof LogCursor>;
