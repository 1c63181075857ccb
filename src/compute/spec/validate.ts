import { InvalidSpecError, type Issue } from '../errors.ts';
import { acceptSpec } from './check-spec.ts';
import { crossFieldIssues } from './cross-field.ts';
import { toIssues } from './issues.ts';
import { inspectJson } from './json.ts';
import { SPEC_LIMITS } from './limits.ts';
import { TenantComputeSpec } from './spec.ts';

/**
 * Checks everything about a specification that can be known without a provider, and answers it typed, with defaults filled in.
 * Throws `InvalidSpecError` with every issue, and never anything else, whatever it is given.
 */
export function validateComputeSpec(input: unknown): TenantComputeSpec {
  return acceptSpec(input) ?? parseSpec(input);
}

/** The way of the schema itself, for what is wrong or unusual: it knows all that is wrong. */
export function parseSpec(input: unknown): TenantComputeSpec {
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

/** What `known` does not say already: `__proto__` and its kind are unknown fields too. */
function without(known: readonly Issue[], issues: readonly Issue[]): Issue[] {
  if (known.length === 0) return [...issues];
  const keyOf = ({ pointer, message }: Issue) => `${pointer}\n${message}`;
  const said = new Set(known.map(keyOf));
  return issues.filter((issue) => !said.has(keyOf(issue)));
}
