import type * as z from 'zod';
import { InvalidRequestError, type Issue } from '../../../src/compute/errors.ts';
import { toIssues } from '../../../src/compute/spec/issues.ts';
import type { Shape } from '../../../src/compute/spec/shape.ts';

/**
 * The parameters of a path or a query, as their schema types them. Throws `InvalidRequestError` with every issue;
 * pointers begin with `/path` or `/query`. Parameters that the operation does not know are refused: whoever misspells
 * `provider` in a destroy must not destroy something else.
 */
export function readParameters<Schema extends z.ZodObject>(
  place: 'path' | 'query',
  shape: Shape<Schema>,
  given: Readonly<Record<string, string | undefined>> | undefined,
): z.output<Schema> | Promise<z.output<Schema>> {
  const parameters = { ...given };
  return shape.accept(parameters) ?? explain(place, shape, parameters);
}

async function explain<Schema extends z.ZodObject>(
  place: string,
  shape: Shape<Schema>,
  given: Readonly<Record<string, string | undefined>>,
): Promise<z.output<Schema>> {
  const schema = await shape.schema();
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape).join(', ') || 'none';
  throw new InvalidRequestError(toIssues(parsed.error, [place]).map((issue) => describe(issue, place, known)));
}

function describe({ pointer, message }: Issue, place: string, known: string): Issue {
  return { pointer, message: message.replace(/^unknown field: /, `unknown ${place} parameter (known: ${known}): `) };
}
