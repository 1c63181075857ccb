import * as z from 'zod';
import { ProviderName, TenantComputeSpec, TenantId } from '../compute/spec/spec.ts';

/** How a request is to be taken. Keys that Berth does not know are the sender's own, and left alone. */
export const RequestMetadata = z.looseObject({
  schema_version: z.literal('1', 'schema_version must be "1", or left out').optional(),
  idempotency_key: z
    .string('idempotency_key must be a text')
    .regex(/^[\x21-\x7e]{1,255}$/, 'idempotency_key must be 1 to 255 visible ASCII characters')
    .optional()
    .describe(
      'Repeating a request with the same key, within 24 hours, does nothing more. Default: the id of the event',
    ),
  actor: z
    .string('actor must be a text')
    .min(1, 'actor must not be empty')
    .max(128, 'actor must be at most 128 characters')
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'actor must have no control characters')
    .optional()
    .describe('On whose behalf the sender asks. Recorded beside the account and the source of the event'),
});
export type RequestMetadata = z.infer<typeof RequestMetadata>;

export const DestroyData = z.strictObject({
  tenant_id: TenantId,
  provider_type: ProviderName.optional().describe('Where to look for resources of a tenant that Berth does not know'),
});
export type DestroyData = z.infer<typeof DestroyData>;

function detail<Data extends z.ZodType>(data: Data) {
  return z.looseObject({ metadata: RequestMetadata.optional(), data });
}

/** Every request by its detail type. */
export const requestDetails = {
  'Tenant Provision Requested': detail(TenantComputeSpec),
  'Tenant Update Requested': detail(TenantComputeSpec),
  'Tenant Destroy Requested': detail(DestroyData),
} as const;
export type RequestType = keyof typeof requestDetails;
