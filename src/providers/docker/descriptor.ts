import { defineProvider } from '../../compute/descriptor/descriptor.ts';
import { DockerConfig } from './config.ts';

export const provider = defineProvider({
  type: 'docker',
  create: async (options) => (await import('./provider.ts')).createDockerProvider(options),
  configSchema: DockerConfig,
  docs: 'docs/providers/docker.md',
});
