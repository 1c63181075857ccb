import { defineProvider } from '../../compute/descriptor/descriptor.ts';
import { MemoryConfig } from './config.ts';

export const provider = defineProvider({
  type: 'memory',
  create: async (options) => (await import('./provider.ts')).createMemoryProvider(options),
  configSchema: MemoryConfig,
  docs: 'docs/providers/memory.md',
});
