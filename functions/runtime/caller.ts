import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { InvalidRequestError, RevisionConflictError } from '../../src/index.ts';
import type { Caller } from '../../src/tenants/tenants.ts';

/** What API Gateway's authorizers put into the request context, as far as it names somebody. */
interface Authorizer {
  iam?: { userArn?: string };
  jwt?: { claims?: Record<string, unknown> };
}

/** Who sent an event, and how they want it done. Throws `InvalidRequestError` for headers that make no sense. */
export function callerOf(event: APIGatewayProxyEventV2, requestId: string, signal: AbortSignal): Caller {
  return {
    actor: actorOf(event),
    requestId,
    signal,
    idempotencyKey: readIdempotencyKey(event.headers?.['idempotency-key']),
    ifMatch: readIfMatch(event.headers?.['if-match']),
  };
}

/** The ARN that signed the request, the subject of its token, or `local` where nobody is asked who they are. */
export function actorOf(event: APIGatewayProxyEventV2): string {
  const { authorizer } = (event.requestContext ?? {}) as { authorizer?: Authorizer };
  const subject = authorizer?.jwt?.claims?.sub;
  return authorizer?.iam?.userArn ?? (typeof subject === 'string' ? subject : undefined) ?? 'local';
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

/** The revision that an `If-Match` stands for. `*` asks for nothing more than what an update asks for anyway. */
function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const tag = header.trim();
  const revision = /^"?([0-9]{1,9})"?$/.exec(tag)?.[1];
  if (revision !== undefined) return Number(revision);
  if (/^(?:W\/)?"[^"]*"$/.test(tag)) throw new RevisionConflictError('the ETag is not one that Berth gave');
  throw new InvalidRequestError([
    { pointer: '/headers/if-match', message: 'If-Match must be the ETag of the tenant, such as "3"' },
  ]);
}
