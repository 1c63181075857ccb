import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { InvalidRequestError, RevisionConflictError } from '../../../src/compute/errors.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import type { Caller } from '../../../src/tenants/tenants.ts';

/** What API Gateway's authorizers put into the request context, as far as it names somebody. */
interface Authorizer {
  iam?: { userArn?: string };
  jwt?: { claims?: Record<string, unknown> };
  /** The context that a Lambda authorizer answers. */
  lambda?: Record<string, unknown> | null;
}

/**
 * Who sent an event and, where the operation lets them say so, how they want it done. Throws `InvalidRequestError` for headers
 * that make no sense; an operation that does not take them does not look at them.
 */
export function callerOf(
  event: APIGatewayProxyEventV2,
  { requestId, signal, isConditional }: { requestId: string; signal: AbortSignal; isConditional: boolean },
): Caller {
  const caller = { actor: actorOf(event), requestId, signal };
  if (!isConditional) return caller;
  return {
    ...caller,
    idempotencyKey: readIdempotencyKey(event.headers?.['idempotency-key']),
    ifMatch: readIfMatch(event.headers?.['if-match']),
  };
}

/**
 * The ARN that signed the request, or the subject of its token, or `sub` in the context of a Lambda authorizer. `local` where
 * nobody is asked who they are, and `unnamed` where somebody was let in without a name: never what the request itself says.
 */
export function actorOf(event: APIGatewayProxyEventV2): string {
  const { authorizer } = (event.requestContext ?? {}) as { authorizer?: Authorizer };
  if (!authorizer) return 'local';
  const names = [authorizer.iam?.userArn, authorizer.jwt?.claims?.sub, authorizer.lambda?.sub];
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'unnamed';
}

/** A key as it is, or as the string of a structured header (draft-ietf-httpapi-idempotency-key-header). */
function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new InvalidRequestError([
    { pointer: '/headers/idempotency-key', message: 'Idempotency-Key must be 1 to 255 visible ASCII characters' },
  ]);
}

/** What an `If-Match` names a tenant as it is by: the revision that is wanted. */
export function etagOf({ desired }: Pick<Tenant, 'desired'>): string {
  return `"${desired.revision}"`;
}

/** The revision that an `If-Match` stands for. `*` asks for nothing more than what an update asks for anyway. */
function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const tag = header.trim();
  const revision = /^(?:"[0-9]{1,9}"|[0-9]{1,9})$/.exec(tag)?.[0].replaceAll('"', '');
  if (revision !== undefined) return Number(revision);
  if (/^(?:W\/)?"[^"]*"$/.test(tag)) throw new RevisionConflictError('the ETag is not one that Berth gave');
  throw new InvalidRequestError([
    { pointer: '/headers/if-match', message: 'If-Match must be the ETag of the tenant, such as "3"' },
  ]);
}
