import type * as z from 'zod';
import { InvalidProviderError, InvalidSpecError } from './errors.ts';
import { toIssues } from './spec/issues.ts';
import type { Shape } from './spec/shape.ts';
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
  return explain(schema, overlaid(spec, defaults));
}

/** The same for a provider whose schema has a shape, so that it is read only for what is unusual. */
export async function acceptProviderConfig<Schema extends z.ZodType>(
  spec: Pick<TenantComputeSpec, 'provider_config'>,
  { accept, schema }: Shape<Schema>,
  defaults: Settings = {},
): Promise<z.output<Schema>> {
  const settings = overlaid(spec, defaults);
  return accept(settings) ?? explain(await schema(), settings);
}

function overlaid({ provider_config }: Pick<TenantComputeSpec, 'provider_config'>, defaults: Settings): Settings {
  return { ...defaults, ...provider_config };
}

function explain<Schema extends z.ZodType>(schema: Schema, settings: Settings): z.output<Schema> {
  const parsed = schema.safeParse(settings);
  if (!parsed.success) throw new InvalidSpecError(toIssues(parsed.error, ['provider_config']));
  return parsed.data;
}
