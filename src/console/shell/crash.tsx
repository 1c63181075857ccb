import type { RequestError } from '../api/problem.ts';
import { ProblemNote } from '../components/problem.tsx';

/** Stands in for a room that failed to load or to draw. */
export function Crash({ error }: { error: RequestError }) {
  return (
    <main class="room" id="main">
      <ProblemNote title="The console failed" error={error} />
    </main>
  );
}
