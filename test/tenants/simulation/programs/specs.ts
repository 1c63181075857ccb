import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';

export const providers = ['memory', 'spare'] as const;
export type ProviderName = (typeof providers)[number];

/** An env value that only the table and the provider may contain. */
export const CANARY = 'canary-5b1f0c';

export interface Version {
  /** Distinguishes it from other versions. Every tenth version retains its volume. */
  number: number;
  provider?: ProviderName | undefined;
  /** How long it takes to come up after the provider's answer. Milliseconds. */
  inProgressMs?: number | undefined;
  /** How long it waits for approval. Milliseconds. */
  approvalMs?: number | undefined;
  /** Failures that the memory provider is asked for; see its `config.ts`. */
  faults?: Record<string, unknown> | undefined;
}

export function specOf(tenant_id: string, { number, provider = 'memory', inProgressMs, approvalMs, faults }: Version) {
  const settings = {
    ...(inProgressMs && { in_progress_ms: inProgressMs }),
    ...(approvalMs && { approval_ms: approvalMs }),
    ...(faults && { faults }),
  };
  const spec: TenantComputeSpec = {
    tenant_id,
    provider_type: provider,
    containers: [
      {
        name: 'web',
        image: `app:${number}`,
        env: { TOKEN: CANARY },
        ports: [{ container_port: 80, protocol: 'tcp' }],
        volumes: [{ name: 'data', path: '/data' }],
      },
      { name: 'worker', image: `app:${number}`, ...(number % 4 === 3 && { after: ['web'] }) },
      ...(number % 4 === 3 ? [{ name: 'setup', image: 'setup:1', run: 'once' as const }] : []),
    ],
    resources: { cpu: 256, memory: 256 },
    ...(number % 10 === 0 && { volumes: [{ name: 'data', retain: true }] }),
    provider_config: settings,
  };
  return spec;
}

/** Returns what a provider has created of a tenant when it fails half way. */
export function partOf(spec: TenantComputeSpec): TenantComputeSpec {
  return { ...spec, containers: spec.containers.slice(0, 1) };
}
