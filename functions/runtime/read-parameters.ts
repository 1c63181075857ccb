import * as z from 'zod';
import { toIssues } from '../../src/compute/validate.ts';
import { InvalidRequestError, type Issue } from '../../src/index.ts';

/** What an operation without parameters of a kind says of them. */
export const NoParameters = z.strictObject({});

/**
 * The parameters of a path or a query, as their schema types them. Throws `InvalidRequestError` with every issue;
 * pointers begin with `/path` or `/query`. Parameters that the operation does not know are refused: whoever misspells
 * `provider` in a destroy must not destroy something else.
 */
export function readParameters<Schema extends z.ZodObject>(
  place: 'path' | 'query',
  schema: Schema,
  given: Readonly<Record<string, string | undefined>> | undefined,
): z.output<Schema> {
  const parsed = schema.safeParse({ ...given });
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape).join(', ') || 'none';
  throw new InvalidRequestError(toIssues(parsed.error, [place]).map((issue) => describe(issue, place, known)));
}

function describe({ pointer, message }: Issue, place: string, known: string): Issue {
  return { pointer, message: message.replace(/^unknown field: /, `unknown ${place} parameter (known: ${known}): `) };
}
