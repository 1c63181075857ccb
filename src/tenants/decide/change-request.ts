import type { Place } from '../../compute/place/place.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { Operation } from '../model/operation.ts';

/** The change that a caller requests of a tenant. */
export type Change =
  /** `plainHash`: the digest with which an earlier version marked what runs already, if that is this specification. */
  | { type: 'provision' | 'update'; spec: TenantComputeSpec; plainHash?: string | undefined }
  /** `cancels`: it takes the place of a running operation because its caller cancelled that one. */
  | { type: 'rollback'; spec: TenantComputeSpec; rollback_of: number; cancels?: true | undefined }
  /** `orphan`: only where no tenant of that id exists. */
  | { type: 'destroy'; provider_type?: string | undefined; orphan?: boolean | undefined }
  | { type: 'heal'; message: string }
  /** `message`: what runs although the tenant is stopped; it is stopped again. */
  | { type: 'stop'; message?: string | undefined }
  | { type: 'start' | 'restart' };

export type Destroy = Extract<Change, { type: 'destroy' }>;

export interface ChangeRequest {
  tenant_id: string;
  change: Change;
  actor: string;
  request_id?: string | undefined;
  /** What the announcement of the operation repeats of the request. */
  requester?: Operation['requester'];
  /** The rollout that asks. */
  rollout?: string | undefined;
  /** When the request was made, where it says so itself, as events do. A request older than the latest is refused. */
  requested_at?: string | undefined;
  /** The revision that the caller based the request on. */
  if_match?: number | undefined;
  idempotency?: Operation['idempotency'];
}

/** The inputs of a new operation that a pure function cannot make itself. */
export interface DecisionContext {
  now: string;
  /** For a tenant that begins a new life. */
  incarnation: string;
  /** Returns the hash of a specification, for a new revision. */
  hashOf: (spec: TenantComputeSpec) => string;
  /** The present place of the provider, for a tenant that begins a new life; undefined if it could not be told. */
  place?: Place | undefined;
  /** Takes the lease with the same write, where it is free. */
  holder: string;
  lease_ms: number;
  /** How long failures of an operation with a deadline are retried. */
  deadline_ms: number;
}
