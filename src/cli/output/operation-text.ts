import type { Operation } from '../../client/types.ts';

/** Describes the state of an operation in one line. Its message may go on with the last output of a container. */
export function describeOperation({ type, state, message, retries, attempts }: Operation): string {
  const retry = retries?.at(-1);
  if (state !== 'running') return `${type} ${state}`;
  if (retry) return `${verbs[type]}: attempt ${attempts} failed (${retry.message}); retrying`;
  return message ? `${verbs[type]}: ${message.split('\n', 1)}` : verbs[type];
}

const verbs: Record<Operation['type'], string> = {
  provision: 'provisioning',
  update: 'updating',
  rollback: 'rolling back',
  destroy: 'destroying',
  heal: 'healing',
  stop: 'stopping',
  start: 'starting',
  restart: 'restarting',
};
