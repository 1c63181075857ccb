import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { InvalidRequestError, RevisionConflictError } from '../../../src/compute/errors.ts';
import type { Caller } from '../../../src/tenants/tenants.ts';

/** The part of the request context in which API Gateway's authorizers name the caller. */
interface Authorizer {
  iam?: { userArn?: string };
  jwt?: { claims?: Record<string, unknown> };
  /** The context that a Lambda authorizer returns. */
  lambda?: Record<string, unknown> | null;
}

/**
 * Returns the caller of an event, who owns its keys and cursors, and, for a conditional operation, the headers
 * Idempotency-Key and If-Match. Throws `InvalidRequestError` if one of these is malformed. Other operations ignore
 * both headers.
 */
export function callerOf(
  event: APIGatewayProxyEventV2,
  { requestId, signal, isConditional }: { requestId: string; signal: AbortSignal; isConditional: boolean },
): Caller {
  const actor = actorOf(event);
  const caller = { actor, owner: ownerOf(event) ?? actor, requestId, signal };
  if (!isConditional) return caller;
  return {
    ...caller,
    idempotencyKey: readIdempotencyKey(event.headers?.['idempotency-key']),
    ifMatch: readIfMatch(event.headers?.['if-match']),
  };
}

/**
 * Returns the ARN that signed the request, the subject of its token, or `sub` in the context of a Lambda authorizer.
 * Without an authorizer it is `local`; with one that names no caller, `unnamed`. It never comes from the request
 * itself.
 */
export function actorOf(event: APIGatewayProxyEventV2): string {
  const { authorizer } = (event.requestContext ?? {}) as { authorizer?: Authorizer };
  if (!authorizer) return 'local';
  const names = [authorizer.iam?.userArn, authorizer.jwt?.claims?.sub, authorizer.lambda?.sub];
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'unnamed';
}

/**
 * Returns the role of an assumed role, so that all its sessions share keys and cursors: a session's name changes with
 * each process. Returns undefined for any other caller.
 */
function ownerOf(event: APIGatewayProxyEventV2): string | undefined {
  const { authorizer } = (event.requestContext ?? {}) as { authorizer?: Authorizer };
  return /^(arn:[a-z-]+:sts::[0-9]+:assumed-role\/[^/]+)\//.exec(authorizer?.iam?.userArn ?? '')?.[1];
}

/** Reads a key as it is, or as the string of a structured header (draft-ietf-httpapi-idempotency-key-header). */
function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new InvalidRequestError([
    { pointer: '/headers/idempotency-key', message: 'Idempotency-Key must be 1 to 255 visible ASCII characters' },
  ]);
}

/** Returns the ETag of a desired revision. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** Reads the revision of an If-Match. `*` is ignored: a change of a tenant that is not there fails anyway. */
function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const tag = header.trim();
  const revision = /^(?:"[0-9]{1,9}"|[0-9]{1,9})$/.exec(tag)?.[0].replaceAll('"', '');
  if (revision !== undefined) return Number(revision);
  if (/^(?:W\/)?"[^"]*"$/.test(tag)) throw new RevisionConflictError('Berth did not issue this ETag');
  throw new InvalidRequestError([
    { pointer: '/headers/if-match', message: 'If-Match must be the ETag of the tenant, such as "3"' },
  ]);
}
