import type * as z from 'zod';
import type { MemoryConfig } from './config.ts';

export { provider as memoryProvider } from './descriptor.ts';

/** Returns the settings of a memory provider for the construct `Berth`. A wrong key or type does not compile. */
export function memory(settings: z.input<typeof MemoryConfig> = {}): { type: 'memory' } & z.input<typeof MemoryConfig> {
  return { type: 'memory', ...settings };
}
