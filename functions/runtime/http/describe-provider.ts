import * as z from 'zod';
import { capabilitiesOf, configSchemaOf, type Provider } from '../../../src/compute/provider.ts';
import type { ProviderDescription } from './views.ts';

/** Returns a provider as callers see it. The JSON Schema describes `provider_config` before defaults are merged in. */
export async function describeProvider(provider: Provider): Promise<ProviderDescription> {
  const schema = (await configSchemaOf(provider)) ?? z.strictObject({});
  return {
    name: provider.name,
    capabilities: capabilitiesOf(provider),
    config_schema: z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }),
    config_defaults: provider.configDefaults ?? {},
  };
}
