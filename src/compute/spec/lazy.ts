import type * as z from 'zod';
import { InvalidRequestError } from '../errors.ts';
import { toIssues } from './issues.ts';

/**
 * A schema that is imported when input is first read with it. Loading zod and building a schema takes some 30 ms of a cold
 * start, and most functions never read input that needs it.
 */
export type LazySchema<Schema extends z.ZodType = z.ZodType> = () => Promise<Schema>;

/** Reads what a user sent. Throws `InvalidRequestError` with every issue; their pointers begin with `base`. */
export async function readInput<Schema extends z.ZodType>(
  load: LazySchema<Schema>,
  input: unknown,
  base: readonly PropertyKey[] = [],
): Promise<z.output<Schema>> {
  const schema = await load();
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(toIssues(parsed.error, base));
}
