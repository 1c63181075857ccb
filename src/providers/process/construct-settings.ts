import type * as z from 'zod';
import type { ProcessConfig } from './config.ts';

export { provider as processProvider } from './descriptor.ts';

type Settings = z.input<typeof ProcessConfig>;

/** Returns the settings of a process provider. It runs on one machine only: the construct refuses it by name. */
export function processes(settings: Settings = {}): { type: 'process' } & Settings {
  return { type: 'process', ...settings };
}
