import { capabilitiesOf, type Provider } from '../src/compute/provider.ts';
import { operation } from './runtime/http/operation.ts';
import { ProviderPath } from './runtime/http/parameters.ts';
import type { ProviderDescription } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'get-provider',
  path: ProviderPath,
  run: async ({ path, registry }) => ({ status: 200, body: await describe(registry.get(path.name)) }),
});

async function describe(provider: Provider): Promise<ProviderDescription> {
  const { describeConfig } = await import('./runtime/http/config-schema.ts');
  return {
    name: provider.name,
    capabilities: capabilitiesOf(provider),
    config_schema: await describeConfig(provider),
    config_defaults: provider.configDefaults ?? {},
  };
}
