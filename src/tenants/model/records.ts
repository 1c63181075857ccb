/** The record of an idempotency key. */
export interface KeyRecord {
  /** The digest of the request that came with the key. */
  request: string;
  /** The operation that the request started or found; absent where it found nothing to destroy. */
  operation_id?: string | undefined;
  /** How the request was decided, where it started no operation of its own. */
  found?: 'joined' | 'unchanged' | 'absent' | undefined;
}

/** Resources of a provider that belong to no tenant. */
export interface Orphan {
  provider: string;
  tenant_id: string;
  first_seen_at: string;
}
