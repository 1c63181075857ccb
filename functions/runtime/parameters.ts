import * as z from 'zod';
import { PROVIDER_NAME } from '../../src/compute/names.ts';
import { TenantId } from '../../src/index.ts';

const Name = z
  .string()
  .regex(PROVIDER_NAME, 'provider must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen');

/** `…/{tenant_id}` */
export const TenantPath = z.strictObject({ tenant_id: TenantId });

/** `…/{name}` */
export const ProviderPath = z.strictObject({ name: Name });

/** `?provider=NAME`: where the tenant is. Without it, the one provider that holds the tenant is looked for. */
export const ProviderQuery = z.strictObject({ provider: Name.optional() });
