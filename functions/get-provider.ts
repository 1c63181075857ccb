import * as z from 'zod';
import { capabilitiesOf, type Provider } from '../src/index.ts';
import { operation } from './runtime/operation.ts';
import { ProviderPath } from './runtime/parameters.ts';

export const handler = operation({
  name: 'get-provider',
  path: ProviderPath,
  run: ({ path, registry }) => ({ status: 200, body: describe(registry.get(path.name)) }),
});

/** What anyone may know of a provider. Its schema is shown as what a specification may say, before defaults are filled in. */
function describe(provider: Provider) {
  const { name, configSchema = z.strictObject({}), configDefaults = {} } = provider;
  return {
    name,
    capabilities: capabilitiesOf(provider),
    config_schema: z.toJSONSchema(configSchema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }),
    config_defaults: configDefaults,
  };
}
