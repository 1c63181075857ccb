import { InvalidRequestError } from '../compute/errors.ts';
import { parseSpec } from '../compute/spec/check-spec.ts';
import { readInput } from '../compute/spec/lazy.ts';
import type { TenantComputeSpec } from '../compute/spec/spec.ts';
import type { EventEnvelope } from './envelope.ts';
import type { DestroyData, RequestMetadata, RequestType } from './request.ts';

/** A validated request. */
export type TenantRequest =
  | {
      type: 'Tenant Provision Requested' | 'Tenant Update Requested';
      metadata: RequestMetadata;
      data: TenantComputeSpec;
    }
  | { type: 'Tenant Destroy Requested'; metadata: RequestMetadata; data: DestroyData };

const types: Readonly<Record<RequestType, true>> = {
  'Tenant Provision Requested': true,
  'Tenant Update Requested': true,
  'Tenant Destroy Requested': true,
};

export function isRequestType(text: string): text is RequestType {
  return Object.hasOwn(types, text);
}

/** Reads the EventBridge event in a queue message. Throws `InvalidRequestError` if the body is no such event. */
export function readEnvelope(body: unknown): Promise<EventEnvelope> {
  return readInput(async () => (await import('./envelope.ts')).EventEnvelope, body);
}

/** Reads `detail.metadata` of a request. Throws `InvalidRequestError` with every issue. */
export function readMetadata({ metadata = {} }: EventEnvelope['detail']): Promise<RequestMetadata> {
  return readInput(async () => (await import('./request.ts')).RequestMetadata, metadata, ['metadata']);
}

/**
 * Reads the detail of a request. Throws `InvalidRequestError` or `InvalidSpecError` with every issue. Their pointers lead
 * into `data`, or begin with `/metadata`.
 */
export async function readRequest(type: RequestType, detail: EventEnvelope['detail']): Promise<TenantRequest> {
  const metadata = await readMetadata(detail);
  if (detail.data === undefined) throw new InvalidRequestError([{ pointer: '', message: 'data required' }]);
  if (type !== 'Tenant Destroy Requested') return { type, metadata, data: await parseSpec(detail.data) };
  const loadSchema = async () => (await import('./request.ts')).DestroyData;
  return { type, metadata, data: await readInput(loadSchema, detail.data) };
}
