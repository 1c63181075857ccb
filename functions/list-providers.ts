import { operation } from './runtime/http/operation.ts';
import type { ProviderList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-providers',
  run: ({ manager }) => ({ status: 200, body: { providers: manager.listProviders() } satisfies ProviderList }),
});
