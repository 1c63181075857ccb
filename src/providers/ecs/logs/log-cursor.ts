import * as z from 'zod';

/** Where a page of logs ended: by stream, how far it was read. */
export const LogCursor = z.strictObject({ ecs: z.record(z.string(), z.tuple([z.int().min(0), z.int().min(0)])) });
export type LogCursor = z.infer<typeof LogCursor>;
