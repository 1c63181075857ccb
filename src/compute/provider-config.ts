import type * as z from 'zod';
import { InvalidProviderError, InvalidSpecError } from './errors.ts';
import { toIssues } from './spec/issues.ts';
import type { TenantComputeSpec } from './spec/spec.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Validates the operator's settings of a provider. Throws `InvalidProviderError`, which names every mistake. */
export function readDefaults<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  defaults: Settings = {},
): z.output<Schema> {
  const parsed = schema.safeParse(defaults);
  if (parsed.success) return parsed.data;
  const mistakes = toIssues(parsed.error).map(({ pointer, message }) => `${pointer} ${message}`.trim());
  throw new InvalidProviderError(`the defaults of ${name} are wrong: ${mistakes.join('; ')}`, {
    hint: 'Correct the settings of this provider in BERTH_PROVIDERS.',
  });
}

/**
 * Returns the settings of one tenant: the tenant's `provider_config`, merged over the operator's defaults, with the
 * defaults of the provider's schema filled in. A nested setting is replaced, not merged.
 * Throws `InvalidSpecError` with every issue; pointers begin with `/provider_config`.
 */
export function resolveProviderConfig<Schema extends z.ZodType>(
  spec: Pick<TenantComputeSpec, 'provider_config'>,
  schema: Schema,
  defaults: Settings = {},
): z.output<Schema> {
  const parsed = schema.safeParse({ ...defaults, ...spec.provider_config });
  if (!parsed.success) throw new InvalidSpecError(toIssues(parsed.error, ['provider_config']));
  return parsed.data;
}
