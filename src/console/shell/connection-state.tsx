import { Ago } from '../components/ago.tsx';
import { type Connection, connection, offlineSince } from '../live/connection.ts';

const words: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  polling: 'polling',
  offline: 'offline',
};

const explanations: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting to the control plane',
  live: 'Changes are streamed',
  polling: 'This control plane has no stream. The page asks it every few seconds',
  offline: 'The control plane does not answer. The page shows what it knew last, and tries again',
};

/** Tells whether what the page shows is fresh. */
export function ConnectionState() {
  const state = connection.value;
  const since = offlineSince.value;
  return (
    <span class={`connection connection-${state}`} role="status" title={explanations[state]}>
      <span class="connection-dot" aria-hidden="true" />
      {words[state]}
      {since !== undefined && (
        <span>
          {' for '}
          <Ago at={new Date(since).toISOString()} />
        </span>
      )}
    </span>
  );
}
