import type * as z from 'zod';
import { type Issue, toPointer } from '../errors.ts';

const UNKNOWN_FIELD = 'unknown field: ';

/** What a message says of a field that earlier versions had. */
const replacements: Readonly<Record<string, string>> = {
  '/networking/dns': '; write the whole name in networking.hostname, such as hostname: shop.example.com',
};

/** Returns true for the issue of a field that a schema lacks. It concerns the key, not the value. */
export function isUnknownField({ message }: Pick<Issue, 'message'>): boolean {
  return message.startsWith(UNKNOWN_FIELD);
}

/** Returns the issues of a zod error, with one issue for each unknown field. Their pointers begin with `base`. */
export function toIssues(error: Pick<z.core.$ZodError, 'issues'>, base: readonly PropertyKey[] = []): Issue[] {
  const prefix = toPointer(base);
  return error.issues.flatMap((issue): Issue | Issue[] => {
    const pointer = prefix + toPointer(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => toUnknownField(pointer + toPointer([key]), key));
    }
    if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ pointer, message }));
    return { pointer, message: issue.message };
  });
}

function toUnknownField(pointer: string, key: string): Issue {
  return { pointer, message: `${UNKNOWN_FIELD}${key}${replacements[pointer] ?? ''}` };
}
