import { signal } from '@preact/signals';

/**
 * How the page learns of changes. `live`: the control plane streams them. `polling`: it has no stream, so the page asks.
 * `offline`: it does not answer, and what the page shows may be old.
 */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline';

export const connection = signal<Connection>('connecting');

/** When the connection was lost, in milliseconds. */
export const offlineSince = signal<number | undefined>(undefined);

export function setConnection(state: Connection): void {
  if (state === 'offline') offlineSince.value ??= Date.now();
  else if (state !== 'connecting') offlineSince.value = undefined;
  connection.value = state;
}
