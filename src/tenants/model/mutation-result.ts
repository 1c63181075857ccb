import type { Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';

/**
 * The result of a mutation, as far as its caller waited for it:
 * - `operation`: the request was accepted, or joined a running operation; the operation tells how far it is.
 * - `unchanged`: the tenant is already as requested.
 * - `none`: there was nothing to destroy.
 */
export type MutationResult =
  | { kind: 'operation'; operation: Operation; tenant: Tenant }
  | { kind: 'unchanged'; operation: Operation; tenant: Tenant }
  | { kind: 'none' };
