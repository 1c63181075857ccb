import { InvalidRequestError } from '../compute/errors.ts';
import { parseSpec } from '../compute/spec/check-spec.ts';
import { readInput } from '../compute/spec/shape.ts';
import type { TenantComputeSpec } from '../compute/spec/spec.ts';
import type { DestroyData, RequestMetadata, RequestType } from './request.ts';
import { destroyDataShape, requestMetadataShape } from './shapes.ts';

/** What is asked for, checked. */
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

/** Reads the detail of a request. Throws `InvalidRequestError` or `InvalidSpecError` with every issue; pointers lead into `data`, or begin with `/metadata`. */
export async function readRequest(
  type: RequestType,
  detail: Readonly<Record<string, unknown>>,
): Promise<TenantRequest> {
  const metadata = await readInput(requestMetadataShape, detail.metadata ?? {}, ['metadata']);
  if (detail.data === undefined) throw new InvalidRequestError([{ pointer: '', message: 'data required' }]);
  if (type !== 'Tenant Destroy Requested') return { type, metadata, data: await parseSpec(detail.data) };
  return { type, metadata, data: await readInput(destroyDataShape, detail.data) };
}
