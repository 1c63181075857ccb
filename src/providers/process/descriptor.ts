import { defineProvider } from '../../compute/descriptor/descriptor.ts';
import { ProcessConfig } from './config.ts';
import { isTenantSocket } from './supervise/tenant-sockets.ts';

export const provider = defineProvider({
  type: 'process',
  create: async (options) => (await import('./provider.ts')).createProcessProvider(options),
  configSchema: ProcessConfig,
  // Tenants are processes of the machine, and a function has no lasting machine.
  runsOn: ['host'],
  isTenantSocket,
  docs: 'docs/providers/process.md',
});
