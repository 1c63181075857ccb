import type { Decision } from '../decide/decide.ts';

/** What an idempotency key stands for. */
export interface KeyRecord {
  request: string;
  /** The operation that the request made or found; none where it found nothing to destroy. */
  operation_id?: string | undefined;
  /** How the request came out, where it made no operation of its own. */
  found?: Exclude<Decision['kind'], 'accepted'> | undefined;
}

/** Resources of a provider that no tenant owns. */
export interface Orphan {
  provider: string;
  tenant_id: string;
  first_seen_at: string;
}
