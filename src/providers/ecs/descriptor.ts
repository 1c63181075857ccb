import { defineProvider } from '../../compute/descriptor/descriptor.ts';
import { EcsConfig } from './config.ts';
import { rolloutEvents } from './events.ts';
import { permissions } from './permissions.ts';

export const provider = defineProvider({
  type: 'ecs',
  create: async (options) => (await import('./provider.ts')).createEcsProvider(options),
  configSchema: EcsConfig,
  permissions,
  events: rolloutEvents,
  // ECS has one token bucket for each group of actions:
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
  maxConcurrentChanges: 10,
  docs: 'docs/providers/ecs.md',
});
