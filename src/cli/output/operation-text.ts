import type { Operation } from '../../client/types.ts';

/** What an operation is doing, on one line. */
export function describeOperation({ type, state, message, retries, attempts }: Operation): string {
  const retry = retries?.at(-1);
  if (state !== 'running') return `${type} ${state}`;
  if (retry) return `${verbs[type]}: try ${attempts} failed (${retry.message}); trying again`;
  return message ? `${verbs[type]}: ${message}` : verbs[type];
}

const verbs: Record<Operation['type'], string> = {
  provision: 'coming up',
  update: 'updating',
  rollback: 'rolling back',
  destroy: 'stopping',
  heal: 'healing',
};
