import * as z from 'zod';
import { ProviderName, TenantComputeSpec, TenantId } from '../compute/spec/spec.ts';

/**
 * How Berth handles a request. Unknown keys belong to the sender. They have no effect, and announcements about the request
 * repeat short ones, whose names do not suggest a secret: see `echo.ts`.
 */
export const RequestMetadata = z.looseObject({
  schema_version: z.literal('1', 'schema_version must be "1", or left out').optional(),
  idempotency_key: z
    .string('idempotency_key must be a string')
    .regex(/^[\x21-\x7e]{1,255}$/, 'idempotency_key must be 1 to 255 visible ASCII characters')
    .optional()
    .describe(
      'A repeated request with the same key within 24 hours has no further effect. Default: the id of the event',
    ),
  actor: z
    .string('actor must be a string')
    .min(1, 'actor must not be empty')
    .max(128, 'actor must be at most 128 characters')
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'actor must have no control characters')
    .meta({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' })
    .optional()
    .describe('The user on whose behalf the sender acts. Recorded with the account and the source of the event'),
});
export type RequestMetadata = z.infer<typeof RequestMetadata>;

export const DestroyData = z.strictObject({
  tenant_id: TenantId,
  provider_type: ProviderName.optional().describe('The provider to search for a tenant that Berth has no record of'),
});
export type DestroyData = z.infer<typeof DestroyData>;

function detail<Data extends z.ZodType>(data: Data) {
  return z.looseObject({ metadata: RequestMetadata.optional(), data });
}

/** The schema of each request's detail, by detail type. */
export const requestDetails = {
  'Tenant Provision Requested': detail(TenantComputeSpec),
  'Tenant Update Requested': detail(TenantComputeSpec),
  'Tenant Destroy Requested': detail(DestroyData),
} as const;
export type RequestType = keyof typeof requestDetails;
