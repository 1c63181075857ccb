import * as z from 'zod';
import { operation } from './runtime/operation.ts';

/** The names of the registered providers. */
export const ProviderList = z.object({ providers: z.array(z.string()) });
type ProviderList = z.output<typeof ProviderList>;

export const handler = operation({
  name: 'list-providers',
  run: ({ manager }) => ({ status: 200, body: { providers: manager.listProviders() } satisfies ProviderList }),
});
