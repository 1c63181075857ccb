import { operation } from './runtime/operation.ts';
import type { ProviderList } from './runtime/views.ts';

export const handler = await operation({
  name: 'list-providers',
  run: ({ manager }) => ({ status: 200, body: { providers: manager.listProviders() } satisfies ProviderList }),
});
