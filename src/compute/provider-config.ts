import type * as z from 'zod';
import { InvalidSpecError } from './errors.ts';
import { toIssues } from './issues.ts';
import type { TenantComputeSpec } from './spec.ts';

/**
 * The configuration that holds for one tenant: the provider's defaults, the tenant's `provider_config` over them, and then
 * the provider's schema over the whole. Throws `InvalidSpecError` with pointers into `/provider_config`.
 */
export function resolveProviderConfig<Schema extends z.ZodType>(
  spec: Pick<TenantComputeSpec, 'provider_config'>,
  schema: Schema,
  defaults: Readonly<Record<string, unknown>> = {},
): z.output<Schema> {
  const parsed = schema.safeParse({ ...defaults, ...spec.provider_config });
  if (!parsed.success) throw new InvalidSpecError(toIssues(parsed.error, ['provider_config']));
  return parsed.data;
}
