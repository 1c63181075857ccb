import type * as z from 'zod';
import { InvalidRequestError } from '../errors.ts';
import { toIssues } from './issues.ts';

/**
 * What a schema knows, in two halves. Usual values are known without zod, which takes a good part of a cold start to read;
 * the schema says what is wrong with others, and decides about what is unusual.
 */
export interface Shape<Schema extends z.ZodType = z.ZodType> {
  /** What the schema makes of a value, or undefined where it has to be asked. */
  accept(input: unknown): z.output<Schema> | undefined;
  /** Reads the schema. */
  schema(): Promise<Schema>;
}

/** The shape of a schema that is there anyway: it is always asked. */
export function shapeOf<Schema extends z.ZodType>(schema: Schema): Shape<Schema> {
  return { accept: () => undefined, schema: async () => schema };
}

/** A value of that shape. Throws what the schema throws. */
export async function parse<Schema extends z.ZodType>(
  { accept, schema }: Shape<Schema>,
  input: unknown,
): Promise<z.output<Schema>> {
  return accept(input) ?? (await schema()).parse(input);
}

/** What somebody asks, in that shape. Throws `InvalidRequestError` with every issue; pointers begin with `base`. */
export async function readInput<Schema extends z.ZodType>(
  { accept, schema }: Shape<Schema>,
  input: unknown,
  base: readonly PropertyKey[] = [],
): Promise<z.output<Schema>> {
  const accepted = accept(input);
  if (accepted !== undefined) return accepted;
  const parsed = (await schema()).safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(toIssues(parsed.error, base));
}
