import type { Operation } from '../model/operation.ts';
import type { Tenant } from '../model/tenant.ts';

/**
 * The result of a mutation, as far as its caller waited for it:
 * - `operation`: the request was accepted, or joined a running operation; the operation tells how far it is.
 * - `unchanged`: the tenant is already as requested.
 * - `none`: there was nothing to destroy.
 *
 * `revision` is the revision that this request was answered with. A repetition gets the same, whatever changed since.
 * `repeated`: an earlier request with the same idempotency key was accepted, and this one did nothing.
 */
export type MutationResult = ({ kind: 'operation' } & Answered) | ({ kind: 'unchanged' } & Answered) | { kind: 'none' };

export interface Answered {
  operation: Operation;
  tenant: Tenant;
  revision: number;
  repeated?: true;
}
