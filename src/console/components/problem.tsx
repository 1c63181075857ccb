import type { Fault, RequestError } from '../api/problem.ts';
import { visibleText } from '../logs/visible-text.ts';

const faults: Readonly<Record<Fault, string>> = {
  caller: 'The request has to change',
  platform: 'The control plane failed',
  provider: 'The provider or its backend failed',
  connection: 'No connection',
};

interface ProblemProps {
  error: RequestError;
  /** What could not be done: "The fleet could not be read". */
  title: string;
}

/** Shows why a request failed, who has to act, what to do next, and what to name in a question to the operator. */
export function ProblemNote({ error, title }: ProblemProps) {
  return (
    <section class="problem" role="alert">
      <h2>{title}</h2>
      <p class="problem-message">{visibleText(error.message)}</p>
      <p>{visibleText(error.hint)}</p>
      <p class="quiet">
        {faults[error.fault]} · <code>{error.code}</code>
        {error.requestId && (
          <>
            {' · request '}
            <code>{error.requestId}</code>
          </>
        )}
      </p>
    </section>
  );
}
