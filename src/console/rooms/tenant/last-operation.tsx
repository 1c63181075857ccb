import type { Operation } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';

/** Shows the last change: what it was, who asked for it, how it went, and the error with its hint. */
export function LastOperation({ operation }: { operation: Operation }) {
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
        <span class="actor">{actor}</span>
      </p>
      {message && !error && <p class="message">{message}</p>}
      {attempts > 0 && retry && (
        <p class="message">
          {attempts === 1 ? 'One attempt' : `${attempts} attempts`} failed; last error: {retry.message}
        </p>
      )}
      {error && (
        <div class="operation-error">
          <p class="problem-message">{error.message}</p>
          <p>{error.hint}</p>
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
