import type * as z from 'zod';
import { type Issue, toPointer } from '../errors.ts';

/** Returns the issues of a zod error, with one issue for each unknown field. Their pointers begin with `base`. */
export function toIssues(error: Pick<z.core.$ZodError, 'issues'>, base: readonly PropertyKey[] = []): Issue[] {
  const prefix = toPointer(base);
  return error.issues.flatMap((issue): Issue | Issue[] => {
    const pointer = prefix + toPointer(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ pointer: pointer + toPointer([key]), message: `unknown field: ${key}` }));
    }
    if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ pointer, message }));
    return { pointer, message: issue.message };
  });
}
