import type { Requester } from '../tenants/model/announcement.ts';
import type { EventEnvelope } from './envelope.ts';

/** Keys of `metadata` with a meaning to Berth. Their values are on record in other places. */
const OWN = new Set(['schema_version', 'idempotency_key', 'actor']);

/** Names of keys whose values may be secret. An announcement goes to every consumer of the bus. */
const SECRET = /secret|token|passw|credential|authori[sz]ation|cookie|private|api[-_]?key|access[-_]?key|signature/i;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const MAX_ENTRIES = 16;
const MAX_TEXT = 256;

/**
 * Returns what the announcements about a request repeat of its `metadata`, so that the sender can correlate them: short
 * values under names of its own. Everything else is left out, as the schema of requests says.
 */
export function echoOf({ metadata }: EventEnvelope['detail']): Requester | undefined {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined;
  const own = Object.entries(metadata).filter(
    ([name, value]) => NAME.test(name) && !OWN.has(name) && !SECRET.test(name) && isShort(value),
  );
  return own.length > 0 ? (Object.fromEntries(own.slice(0, MAX_ENTRIES)) as Requester) : undefined;
}

function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT && value.isWellFormed();
  return typeof value === 'number' || typeof value === 'boolean';
}
