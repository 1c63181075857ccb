import type { Operation } from './model/operation.ts';

/** The caller of a mutation, and the conditions of the request. */
export interface Caller {
  /** The identity on record. */
  actor: string;
  /** Who the idempotency keys of the caller belong to, such as a role whose sessions share them. Default: the actor. */
  owner?: string | undefined;
  /** The id of the HTTP request or the event, for announcements. */
  requestId?: string | undefined;
  /** What the announcement of the operation repeats of the request, so that its sender can correlate them. */
  requester?: Operation['requester'];
  /** Aborted when the caller no longer waits. A recorded request goes on without its caller. */
  signal?: AbortSignal | undefined;
  /** For 24 hours, a repeated request with the same key gets the result of the first one. */
  idempotencyKey?: string | undefined;
  /** The rollout that asks: its operations let those of other callers pass in every queue. */
  rollout?: string | undefined;
  /** The revision that the request is based on. */
  ifMatch?: number | undefined;
  /** When an earlier request was made. Requests older than the tenant's latest are refused. ISO 8601; default: now. */
  requestedAt?: string | undefined;
}
