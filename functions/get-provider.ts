import * as z from 'zod';
import { Capabilities, capabilitiesOf, type Provider } from '../src/index.ts';
import { operation } from './runtime/operation.ts';
import { ProviderPath } from './runtime/parameters.ts';

/** What anyone may know of a provider. */
export const ProviderDescription = z.object({
  name: z.string(),
  capabilities: Capabilities,
  config_schema: z.record(z.string(), z.unknown()).describe('JSON Schema (2020-12) of provider_config'),
  config_defaults: z.record(z.string(), z.unknown()).describe('What the operator set for every tenant'),
});
type ProviderDescription = z.output<typeof ProviderDescription>;

export const handler = operation({
  name: 'get-provider',
  path: ProviderPath,
  run: ({ path, registry }) => ({ status: 200, body: describe(registry.get(path.name)) }),
});

/** The schema is shown as what a specification may say, before defaults are filled in. */
function describe(provider: Provider): ProviderDescription {
  const { name, configSchema = z.strictObject({}), configDefaults = {} } = provider;
  return {
    name,
    capabilities: capabilitiesOf(provider),
    config_schema: z.toJSONSchema(configSchema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }),
    config_defaults: configDefaults,
  };
}
