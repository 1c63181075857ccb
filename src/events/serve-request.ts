import { ComputeError, InvalidRequestError, OperationInProgressError, TenantNotFoundError } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import type { Registry } from '../compute/registry.ts';
import { parse } from '../compute/spec/shape.ts';
import { ANNOUNCEMENT_SOURCE } from '../tenants/model/announcing.ts';
import { failureOf } from '../tenants/reconcile/failure.ts';
import type { MutationResult, Tenants } from '../tenants/tenants.ts';
import { MAX_ENTRY_BYTES } from './entry.ts';
import type { EventEnvelope } from './envelope.ts';
import type { Publisher } from './publisher.ts';
import { isRequestType, readRequest, type TenantRequest } from './read-request.ts';
import { confirmationOf, refusalOf } from './refusal.ts';
import type { RequestType } from './request.ts';
import { requestedAt } from './requested-at.ts';
import { requesterOf } from './requester.ts';
import { requestMetadataShape } from './shapes.ts';

/**
 * What became of a request. `accepted`: an operation tells. `confirmed`: it was so already, and that was announced.
 * `refused`: that was announced, with the reason. `repeated`: it is being worked on since an earlier delivery.
 * `forged` and `unknown`: nothing Berth takes requests from, or knows of.
 */
export type Disposition = 'accepted' | 'confirmed' | 'refused' | 'repeated' | 'forged' | 'unknown';

export interface RequestDesk {
  tenants: Tenants;
  registry: Registry;
  publisher: Publisher;
  logger: Logger;
  /** When the event came into the queue. Epoch milliseconds. */
  arrived: number;
  now?: () => number;
  signal: AbortSignal;
}

/** Events have no order: an update may come before the provision that was sent before it. Milliseconds for which it is kept. */
const EARLY_MS = 30_000;

const component = 'event-requests';

/**
 * Serves a request that came as an event, however often it comes. Throws what may pass if the event is delivered again later;
 * all else is answered with an announcement.
 */
export async function serveRequest(envelope: EventEnvelope, desk: RequestDesk): Promise<Disposition> {
  const { id, source, 'detail-type': type } = envelope;
  const fields = { component, event_id: id };
  if (source === ANNOUNCEMENT_SOURCE) {
    desk.logger.warn('forged request ignored', fields);
    return 'forged';
  }
  if (!isRequestType(type)) {
    desk.logger.warn('event of unknown type ignored', fields);
    return 'unknown';
  }
  const actor = await actorOf(envelope);
  try {
    const outcome = await ask(envelope, type, actor, desk);
    if (outcome.kind !== 'unchanged') return 'accepted';
    await desk.publisher.publishOne(confirmationOf(envelope, type, actor, outcome));
    return 'confirmed';
  } catch (error) {
    if (await isUnderWay(error, envelope, desk)) return 'repeated';
    if (!(error instanceof ComputeError) || error.retryable || isEarly(error, envelope, desk)) throw error;
    await desk.publisher.publishOne(refusalOf(envelope, type, actor, failureOf(error)));
    desk.logger.warn('request refused', { ...fields, code: error.code });
    return 'refused';
  }
}

async function ask(
  envelope: EventEnvelope,
  type: RequestType,
  actor: string,
  desk: RequestDesk,
): Promise<MutationResult> {
  const { id, time, detail } = envelope;
  checkSize(detail);
  const request = await readRequest(type, detail);
  return carryOut(request, desk, {
    actor,
    requestId: id,
    signal: desk.signal,
    idempotencyKey: request.metadata.idempotency_key ?? id,
    requestedAt: requestedAt(time, desk.arrived),
  });
}

function checkSize(detail: EventEnvelope['detail']): void {
  let bytes = Number.POSITIVE_INFINITY;
  try {
    bytes = Buffer.byteLength(JSON.stringify(detail));
  } catch {
    // It nests so deep that it cannot be written.
  }
  if (bytes > MAX_ENTRY_BYTES) throw new InvalidRequestError(`larger than ${MAX_ENTRY_BYTES / 1024} KB, or too deep`);
}

function carryOut(
  { type, data }: TenantRequest,
  { tenants, registry }: RequestDesk,
  caller: Parameters<Tenants['provision']>[1],
): Promise<MutationResult> {
  switch (type) {
    case 'Tenant Provision Requested':
      return tenants.provision(data, caller);
    case 'Tenant Update Requested':
      return tenants.update(data, caller);
    case 'Tenant Destroy Requested': {
      const { tenant_id, provider_type } = data;
      if (provider_type !== undefined) registry.get(provider_type);
      return tenants.destroy(tenant_id, caller, { provider: provider_type });
    }
  }
}

/** Whether what is in the way is the operation that this very event began. */
async function isUnderWay(error: unknown, { id }: EventEnvelope, { tenants }: RequestDesk): Promise<boolean> {
  if (!(error instanceof OperationInProgressError) || error.operationId === undefined) return false;
  return (await tenants.operation(error.operationId)).request_id === id;
}

function isEarly(error: ComputeError, envelope: EventEnvelope, { now = Date.now }: RequestDesk): boolean {
  const isUpdate = envelope['detail-type'] === ('Tenant Update Requested' satisfies RequestType);
  return isUpdate && error instanceof TenantNotFoundError && now() - Date.parse(envelope.time) < EARLY_MS;
}

async function actorOf(envelope: EventEnvelope): Promise<string> {
  const metadata = await parse(requestMetadataShape, envelope.detail.metadata ?? {}).catch(() => undefined);
  return requesterOf(envelope, metadata?.actor);
}
