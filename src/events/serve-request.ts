import { ComputeError, InvalidRequestError, TenantNotFoundError } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import type { Registry } from '../compute/registry.ts';
import { ANNOUNCEMENT_SOURCE } from '../tenants/model/announcing.ts';
import { failureOf } from '../tenants/reconcile/failure.ts';
import type { MutationResult, Tenants } from '../tenants/tenants.ts';
import { echoOf } from './echo.ts';
import { MAX_ENTRY_BYTES } from './entry.ts';
import type { EventEnvelope } from './envelope.ts';
import type { Publisher } from './publisher.ts';
import { isRequestType, readMetadata, readRequest, type TenantRequest } from './read-event.ts';
import { confirmationOf, refusalOf } from './refusal.ts';
import type { RequestType } from './request.ts';
import { requestedAt, requesterOf } from './sender.ts';

/**
 * How a delivery of a request ended:
 *
 * - `accepted`: an operation began; its end is announced later.
 * - `confirmed`: the tenant is as requested already; this was announced.
 * - `refused`: the request failed; this was announced with the reason.
 * - `repeated`: an earlier delivery, or an earlier event with the same key, was accepted. Its end is announced once.
 * - `forged`: the event carries Berth's own source. Ignored.
 * - `unknown`: the detail type is none of Berth's requests. Ignored.
 */
export type Disposition = 'accepted' | 'confirmed' | 'refused' | 'repeated' | 'forged' | 'unknown';

export interface RequestDependencies {
  tenants: Tenants;
  registry: Registry;
  publisher: Publisher;
  logger: Logger;
  /** When the event came into the queue. Epoch milliseconds. */
  arrived: number;
  now?: () => number;
  signal: AbortSignal;
}

/**
 * Events have no order: an update can arrive before the provision that was sent before it. For this long (milliseconds)
 * such an update is retried instead of refused.
 */
const EARLY_MS = 30_000;

const component = 'event-requests';

/**
 * Serves a request that came as an event. Idempotent: every delivery of an event has the same idempotency key.
 * Throws what a later delivery may overcome, so that the queue delivers the event again. Announces every other failure.
 */
export async function serveRequest(envelope: EventEnvelope, dependencies: RequestDependencies): Promise<Disposition> {
  const { id, source, 'detail-type': type } = envelope;
  const { logger, publisher } = dependencies;
  const fields = { component, event_id: id };
  if (source === ANNOUNCEMENT_SOURCE) {
    logger.warn('forged request ignored', fields);
    return 'forged';
  }
  if (!isRequestType(type)) {
    logger.warn('event of unknown type ignored', fields);
    return 'unknown';
  }
  const actor = await actorOf(envelope);
  try {
    const result = await request(envelope, type, actor, dependencies);
    if (result.kind === 'none') return 'accepted';
    if (result.kind === 'operation') return result.repeated ? 'repeated' : 'accepted';
    await publisher.publishOne(confirmationOf(envelope, type, actor, result));
    return 'confirmed';
  } catch (error) {
    if (!(error instanceof ComputeError) || error.retryable || isEarly(error, envelope, dependencies)) throw error;
    await publisher.publishOne(refusalOf(envelope, type, actor, failureOf(error)));
    logger.warn('request refused', { ...fields, code: error.code });
    return 'refused';
  }
}

async function request(
  envelope: EventEnvelope,
  type: RequestType,
  actor: string,
  dependencies: RequestDependencies,
): Promise<MutationResult> {
  const { id, time, detail } = envelope;
  checkSize(detail);
  const tenantRequest = await readRequest(type, detail);
  return applyRequest(tenantRequest, dependencies, {
    actor,
    requestId: id,
    requester: echoOf(detail),
    signal: dependencies.signal,
    idempotencyKey: tenantRequest.metadata.idempotency_key ?? id,
    requestedAt: requestedAt(time, dependencies.arrived),
  });
}

function checkSize(detail: EventEnvelope['detail']): void {
  let bytes = Number.POSITIVE_INFINITY;
  try {
    bytes = Buffer.byteLength(JSON.stringify(detail));
  } catch {
    // It nests too deep to be serialized.
  }
  if (bytes > MAX_ENTRY_BYTES) throw new InvalidRequestError(`larger than ${MAX_ENTRY_BYTES / 1024} KB, or too deep`);
}

function applyRequest(
  { type, data }: TenantRequest,
  { tenants, registry }: RequestDependencies,
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

function isEarly(error: ComputeError, envelope: EventEnvelope, { now = Date.now }: RequestDependencies): boolean {
  const isUpdate = envelope['detail-type'] === ('Tenant Update Requested' satisfies RequestType);
  return isUpdate && error instanceof TenantNotFoundError && now() - Date.parse(envelope.time) < EARLY_MS;
}

/** Also names a sender whose metadata are malformed: the refusal is announced under its account and source. */
async function actorOf(envelope: EventEnvelope): Promise<string> {
  const metadata = await readMetadata(envelope.detail).catch(() => undefined);
  return requesterOf(envelope, metadata?.actor);
}
