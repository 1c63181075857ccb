import type { Tenant } from './tenant.ts';

/** The record of an idempotency key. */
export interface KeyRecord {
  /** The digest of the request that came with the key: of its kind, tenant, body and `If-Match`. */
  request: string;
  /** The desired revision of the first answer, which is its ETag. Older versions did not record it. */
  revision?: number | undefined;
  /** Where the request changed nothing: what its answer shows of the tenant. */
  shown?: Pick<Tenant, 'endpoints' | 'resource_ids' | 'provisioned_at' | 'updated_at'> | undefined;
  /** The operation that the request started or found; absent where it found nothing to destroy. */
  operation_id?: string | undefined;
  /** How the request was decided, where it started no operation of its own. */
  found?: 'joined' | 'unchanged' | 'absent' | undefined;
}

/** The identity of an installation, made once and kept in its table. Schema in `functions/runtime/http/views.ts`. */
export interface Installation {
  installation_id: string;
  created_at: string;
}

/** Which tenant has a hostname, as the item of the hostname says. See `place/claim-hostname.ts`. */
export interface HostnameClaim {
  hostname: string;
  tenant_id: string;
  claimed_at: string;
}

/** Why an orphan whose time has come is not removed by itself. The texts are in `sweep/removal-brake.ts`. */
export type HeldBack = 'policy' | 'no_installation' | 'new_table' | 'many_unknown' | 'rate' | 'tenant_elsewhere';

/** Resources of a provider that belong to no tenant. */
export interface Orphan {
  provider: string;
  tenant_id: string;
  first_seen_at: string;
  /** The installation on the resources: this one, or undefined if they carry none. */
  installation?: string | undefined;
  /** When it is removed at the earliest; undefined if it is only reported. Announced before. */
  remove_at?: string | undefined;
  held_back?: HeldBack | undefined;
}
