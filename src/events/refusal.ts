import { isProviderName, isTenantId } from '../compute/spec/names.ts';
import type { Answered } from '../tenants/decide/mutation-result.ts';
import { type Announcement, fitted } from '../tenants/model/announcing.ts';
import type { Failure } from '../tenants/model/operation.ts';
import { type OperationKind, operationKinds } from '../tenants/model/operation-kinds.ts';
import { echoOf } from './echo.ts';
import type { EventEnvelope } from './envelope.ts';
import type { RequestType } from './request.ts';

/** For each request: the announcements of its success and of its failure. */
const outcomes: Record<RequestType, OperationKind['announces']> = {
  'Tenant Provision Requested': operationKinds.provision.announces,
  'Tenant Update Requested': operationKinds.update.announces,
  'Tenant Destroy Requested': operationKinds.destroy.announces,
};

/**
 * Returns the announcement for a request that began no operation. Its `event_id` derives from the event, so that every
 * delivery of the event announces the same.
 */
export function refusalOf(envelope: EventEnvelope, type: RequestType, actor: string, error: Failure): Announcement {
  const { failure } = outcomes[type];
  const detail = { metadata: metadataOf(envelope, actor), data: { ...subjectOf(envelope), error } };
  return fitted({ detail_type: failure, detail });
}

/** Returns the announcement for a request that changes nothing, because the tenant is as requested already. */
export function confirmationOf(
  envelope: EventEnvelope,
  type: RequestType,
  actor: string,
  { operation, tenant, revision }: Answered,
): Announcement {
  const { success } = outcomes[type];
  const { operation_id, incarnation } = operation;
  const { tenant_id, provider_type, endpoints } = tenant;
  const metadata = { ...metadataOf(envelope, actor), operation_id, incarnation };
  const data = { tenant_id, provider_type, revision, changes: [], endpoints };
  return fitted({ detail_type: success, detail: { metadata, data } });
}

function metadataOf({ id, time, detail }: EventEnvelope, actor: string) {
  const requester = echoOf(detail);
  return {
    event_id: `request.${id}`,
    schema_version: '1' as const,
    actor,
    request_id: id,
    ...(requester && { requester }),
    occurred_at: new Date(time).toISOString(),
  };
}

/** Returns the tenant and the provider that the request names. Text that cannot be such a name is not repeated. */
function subjectOf({ detail }: EventEnvelope): { tenant_id?: string; provider_type?: string } {
  const { tenant_id, provider_type } = (detail.data ?? {}) as Record<string, unknown>;
  return { ...(isTenantId(tenant_id) && { tenant_id }), ...(isProviderName(provider_type) && { provider_type }) };
}
