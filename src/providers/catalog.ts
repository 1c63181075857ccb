import type { ProviderFactory } from '../compute/provider.ts';

/** The built-in types of providers, by the name of their folder. Each is loaded on first use. */
export const providerTypes = {
  docker: async () => (await import('./docker/provider.ts')).createDockerProvider,
  ecs: async () => (await import('./ecs/provider.ts')).createEcsProvider,
  memory: async () => (await import('./memory/provider.ts')).createMemoryProvider,
  process: async () => (await import('./process/provider.ts')).createProcessProvider,
} as const satisfies Record<string, () => Promise<ProviderFactory>>;

export type ProviderType = keyof typeof providerTypes;
