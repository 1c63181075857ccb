import { type Issue, ProviderFailedError } from '../../compute/errors.ts';
import type { AttemptResult } from './attempt.ts';

/*
 * The tenant is one item, which DynamoDB limits to 400 KB
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). Beside the specification, most of it
 * comes from a provider, so each of those parts has a limit. test/tenants/reconcile/size-limits.test.ts adds them up.
 */
const MAX_TEXT = 2048;
const MAX_ANSWER_BYTES = 32 * 1024;
const MAX_ISSUES = 10;
/** For texts of which an item has several. */
const MAX_SHORT_TEXT = 300;

export function cutText(text: string): string {
  return text.slice(0, MAX_TEXT);
}

export function cutShort(text: string): string {
  return text.slice(0, MAX_SHORT_TEXT);
}

export function cutIssues(issues: readonly Issue[]): Issue[] {
  return issues
    .slice(0, MAX_ISSUES)
    .map(({ pointer, message }) => ({ pointer: cutShort(pointer), message: cutShort(message) }));
}

/** Returns a result that fits into an item. Throws `ProviderFailedError` where the provider's answer is too large. */
export function cutResult(result: AttemptResult): AttemptResult {
  const message = cutText(result.message);
  if (result.kind === 'waiting') return { ...result, message };
  const { endpoints, resource_ids, changes } = result;
  if (Buffer.byteLength(JSON.stringify([endpoints, resource_ids, changes])) <= MAX_ANSWER_BYTES)
    return { ...result, message };
  throw new ProviderFailedError(
    `its answer for this tenant exceeds ${MAX_ANSWER_BYTES / 1024} KB (endpoints, resource ids, changes)`,
    { retryable: false, hint: 'This is a fault of the provider itself; report it to its maintainers.' },
  );
}
