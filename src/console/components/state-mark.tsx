import type { State } from '../tenants/state.ts';

/** Each state has a shape of its own, beside its colour. */
const shapes: Readonly<Record<State, string>> = {
  failing: 'M6 .8 11.6 10.8H.4z',
  changing: 'M6 1a5 5 0 1 0 5 5H9a3 3 0 1 1-3-3z',
  unknown: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zm0 1.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z',
  healthy: 'M6 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  stopped: 'M2.5 2.5h7v7h-7z',
};

/** Draws a state. The word beside it tells it to screen readers. */
export function StateMark({ state }: { state: State }) {
  return (
    <svg class={`mark mark-${state}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d={shapes[state]} />
    </svg>
  );
}
