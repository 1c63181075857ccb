import type { ProblemCode } from '../runtime/http/problem.ts';

type Codes = readonly ProblemCode[];

/** What every request may meet, before its operation or around it. */
export const anywhere = [
  'forbidden_origin',
  'request_timeout',
  'payload_too_large',
  'misdirected_request',
  'invalid_request',
  'headers_too_large',
  'internal',
] as const satisfies Codes;

/** Where the path has a parameter: its escapes may be malformed. */
export const withPath = ['bad_request'] as const satisfies Codes;

/** Where a body is read. */
export const withBody = ['malformed_json', 'unsupported_media_type'] as const satisfies Codes;

/** Where the table is read. */
export const withTable = ['throttled', 'timeout'] as const satisfies Codes;

/** Where a provider is asked, or a list may be larger than any answer. */
export const withProvider = ['throttled', 'timeout', 'provider_failed'] as const satisfies Codes;

/** Where something is changed. */
export const withMutation = [
  ...withTable,
  'operation_in_progress',
  'revision_conflict',
  'idempotency_mismatch',
] as const satisfies Codes;

/** Where a specification is checked by its provider. */
export const withSpec = [...withProvider, 'provider_not_found', 'invalid_spec'] as const satisfies Codes;

/** Where a tenant is to become as a specification says. */
export const withChange = [
  ...withMutation,
  ...withSpec,
  'operation_cancelled',
  'resource_conflict',
  'provision_failed',
  'update_failed',
] as const satisfies Codes;
