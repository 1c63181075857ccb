import { type Issue, ProviderFailedError } from '../../compute/errors.ts';
import type { AttemptResult } from './attempt.ts';

/**
 * The tenant is one item, which DynamoDB limits to 400 KB
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html), and most of what is in it beside the
 * specification comes from a provider: so none of that may be of any length. `test/tenants/reconcile/size-limits.test.ts` adds it up.
 */
const MAX_TEXT = 2048;
const MAX_ANSWER_BYTES = 32 * 1024;
const MAX_ISSUES = 10;
/** Of what there are many of. */
const MAX_SHORT_TEXT = 300;

/** A text of a provider, as much of it as is kept. */
export function cutText(text: string): string {
  return text.slice(0, MAX_TEXT);
}

/** The same of a text that there are several of. */
export function cutShort(text: string): string {
  return text.slice(0, MAX_SHORT_TEXT);
}

/** What is kept of the issues of an error. */
export function cutIssues(issues: readonly Issue[]): Issue[] {
  return issues
    .slice(0, MAX_ISSUES)
    .map(({ pointer, message }) => ({ pointer: cutShort(pointer), message: cutShort(message) }));
}

/** How far a try came, in a length that can be kept. Throws `ProviderFailedError` where the provider says more of a tenant than anybody could use. */
export function cutProgress(progress: AttemptResult): AttemptResult {
  const message = cutText(progress.message);
  if (progress.kind === 'waiting') return { ...progress, message };
  const { endpoints, resource_ids, changes } = progress;
  if (Buffer.byteLength(JSON.stringify([endpoints, resource_ids, changes])) <= MAX_ANSWER_BYTES)
    return { ...progress, message };
  throw new ProviderFailedError(
    `it says more than ${MAX_ANSWER_BYTES / 1024} KB of endpoints, resource ids and changes of one tenant`,
    { retryable: false, hint: 'This is a fault of the provider itself; report it to whoever maintains it.' },
  );
}
