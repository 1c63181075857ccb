import type * as z from 'zod';
import type { DockerConfig } from './config.ts';

export { provider as dockerProvider } from './descriptor.ts';

/** Returns the settings of a docker provider for the construct `Berth`. A wrong key or type does not compile. */
export function docker(settings: z.input<typeof DockerConfig> = {}): { type: 'docker' } & z.input<typeof DockerConfig> {
  return { type: 'docker', ...settings };
}
