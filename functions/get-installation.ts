import { operation } from './runtime/http/operation.ts';
import type { InstallationView } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'get-installation',
  run: async ({ tenants }) => ({ status: 200, body: (await tenants.installation()) satisfies InstallationView }),
});
