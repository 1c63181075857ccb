import * as z from 'zod';
import { InvalidRequestError } from '../../../src/compute/errors.ts';
import { toIssues } from '../../../src/compute/spec/issues.ts';

/** The body of a rollback. */
export const RollbackRequest = z.strictObject({
  revision: z.int('revision must be a number').min(1, 'revision must be at least 1'),
});
export type RollbackRequest = z.output<typeof RollbackRequest>;

/** Returns the body of a rollback, checked. Throws `InvalidRequestError` with every issue. */
export function readRollbackRequest(input: unknown): RollbackRequest {
  const parsed = RollbackRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(toIssues(parsed.error));
}
