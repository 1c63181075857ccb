import type { ProblemCode } from '../runtime/problem.ts';

/** What every request may meet, before its operation or around it. */
export const anywhere = [
  'bad_request',
  'forbidden_origin',
  'request_timeout',
  'payload_too_large',
  'misdirected_request',
  'invalid_request',
  'headers_too_large',
  'internal',
  'timeout',
] as const satisfies readonly ProblemCode[];

/** Where a body is read. */
export const withBody = ['malformed_json', 'unsupported_media_type'] as const satisfies readonly ProblemCode[];

/** Where the table is read. */
export const withTable = ['throttled'] as const satisfies readonly ProblemCode[];

/** Where a provider is asked. */
export const withProvider = ['throttled', 'provider_failed'] as const satisfies readonly ProblemCode[];

/** Where something is changed. */
export const withMutation = [
  ...withProvider,
  'operation_in_progress',
  'operation_cancelled',
  'revision_conflict',
  'idempotency_mismatch',
] as const satisfies readonly ProblemCode[];
