import { InvalidSpecError, type Issue } from '../errors.ts';
import { crossFieldIssues } from './cross-field.ts';
import { inspectJson } from './inspect-json.ts';
import { toIssues } from './issues.ts';
import { SPEC_LIMITS } from './limits.ts';
import { TenantComputeSpec } from './spec.ts';

/**
 * Checks all of a specification that can be checked without its provider. Returns a typed copy with defaults filled in.
 * Throws `InvalidSpecError` with every issue, and no other error, for any `input`.
 */
export function validateComputeSpec(input: unknown): TenantComputeSpec {
  const inspected = inspectJson(input, SPEC_LIMITS);
  if (inspected.fatal) throw new InvalidSpecError(inspected.issues);
  const parsed = TenantComputeSpec.safeParse(input);
  const issues = [
    ...inspected.issues,
    ...(parsed.error ? without(inspected.issues, toIssues(parsed.error)) : []),
    ...crossFieldIssues(input),
  ];
  if (issues.length > 0 || !parsed.success) throw new InvalidSpecError(issues);
  return parsed.data;
}

/** Returns the issues that `known` does not contain. The schema reports keys such as `__proto__` as unknown fields too. */
function without(known: readonly Issue[], issues: readonly Issue[]): Issue[] {
  if (known.length === 0) return [...issues];
  const keyOf = ({ pointer, message }: Issue) => `${pointer}\n${message}`;
  const reported = new Set(known.map(keyOf));
  return issues.filter((issue) => !reported.has(keyOf(issue)));
}
