import { operation } from './runtime/http/operation.ts';
import { ProviderPath } from './runtime/http/parameters.ts';

export const handler = await operation({
  name: 'get-provider',
  path: ProviderPath,
  async run({ path, registry }) {
    const provider = registry.get(path.name);
    const { describeProvider } = await import('./runtime/http/describe-provider.ts');
    return { status: 200, body: await describeProvider(provider) };
  },
});
