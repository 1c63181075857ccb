import type { Operation } from '../api/types.ts';
import { visibleText } from '../logs/visible-text.ts';
import { Ago } from './ago.tsx';

/** Shows a change: what it was, who asked for it, how it went, and the error with its hint. */
export function OperationNote({ operation }: { operation: Operation }) {
  const { type, state, revision, actor, requested_at, attempts, retries, message, error } = operation;
  const retry = retries.at(-1);
  return (
    <section aria-labelledby="operation-title">
      <h2 id="operation-title">Last change</h2>
      <p>
        <strong>
          {type}
          {revision !== undefined && ` to revision ${revision}`}
        </strong>{' '}
        {state === 'running' ? 'is running' : state}, asked for <Ago at={requested_at} suffix=" ago" /> by{' '}
        <span class="actor">{visibleText(actor)}</span>
      </p>
      {message && !error && <p class="message">{visibleText(message)}</p>}
      {attempts > 0 && retry && (
        <p class="message">
          {attempts === 1 ? 'One attempt' : `${attempts} attempts`} failed; last error: {visibleText(retry.message)}
        </p>
      )}
      {error && (
        <div class="operation-error">
          <p class="problem-message">{visibleText(error.message)}</p>
          <p>{visibleText(error.hint)}</p>
          <p class="quiet">
            <code>{error.code}</code> · to act: {error.fault}
          </p>
        </div>
      )}
      <p class="quiet">
        <code>{operation.operation_id}</code>
      </p>
    </section>
  );
}
