import type { ProviderFactory } from '../compute/provider.ts';

/** The types of provider that come with Berth, each loaded when it is first asked for. The key is the folder's name. */
export const providerTypes = {
  docker: async () => (await import('./docker/provider.ts')).createDockerProvider,
  ecs: async () => (await import('./ecs/provider.ts')).createEcsProvider,
  memory: async () => (await import('./memory/provider.ts')).createMemoryProvider,
  process: async () => (await import('./process/provider.ts')).createProcessProvider,
} as const satisfies Record<string, () => Promise<ProviderFactory>>;

export type ProviderType = keyof typeof providerTypes;
