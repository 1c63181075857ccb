import * as z from 'zod';
import type { Capabilities } from '../../compute/capabilities/capabilities.ts';

/** Nothing runs, so nothing is enforced, and every usual source of secrets is accepted. */
export const capabilities = {
  secret_sources: ['aws-secrets-manager', 'aws-ssm', 'env', 'file'],
  images: false,
  resource_limits: false,
  network_isolation: false,
  stop: true,
  start_order: true,
  volumes: true,
  approval: true,
} satisfies Partial<Capabilities>;

/** Kinds of faults that every operation has. */
const common = ['throttled', 'error', 'throw_string', 'throw_plain', 'hang', 'hang_deaf'] as const;

/** A fault is its kind alone, or an object with the kind and how often it is injected. */
function fault<const Kinds extends readonly string[]>(kinds: Kinds, about: string) {
  const names = kinds.join(', ');
  const kind = z.enum(kinds, `must be one of ${names}`);
  const counted = z.strictObject({
    kind,
    times: z
      .int()
      .min(1)
      .optional()
      .describe('How often the operation fails, counted for each tenant. Default: always'),
    retry_after_ms: z.int().min(0).optional().describe('For throttled: the pause that the error asks for'),
  });
  return z
    .union([kind, counted], `must be one of ${names}, or an object with one of them as kind`)
    .optional()
    .describe(about);
}

export const MemoryFaults = z.strictObject({
  provision: fault([...common, 'failed', 'garbage', 'timeout_after_effect', 'invisible'], 'Fails provision'),
  update: fault([...common, 'failed', 'garbage', 'timeout_after_effect', 'between_versions'], 'Fails update'),
  destroy: fault([...common, 'failed', 'timeout_after_effect'], 'Fails destroy'),
  stop: fault([...common, 'failed', 'timeout_after_effect'], 'Fails stop'),
  status: fault([...common, 'garbage'], 'Fails getStatus'),
  validate: fault([...common, 'garbage'], 'Fails validate'),
  list: fault([...common, 'garbage'], 'Fails list; only in the defaults of the provider'),
  rollout: fault(
    ['unhealthy', 'once_failed'],
    'The new version never becomes healthy, or a container of it that runs once fails',
  ),
});
export type MemoryFaults = z.output<typeof MemoryFaults>;

export type FaultOperation = keyof MemoryFaults;
export type Fault = Exclude<NonNullable<MemoryFaults[FaultOperation]>, string>;

const milliseconds = z.int('must be a whole number of milliseconds').min(0).max(86_400_000);

/** Settings of the memory provider: how slow it is, and how it fails. */
export const MemoryConfig = z.strictObject({
  latency_ms: milliseconds.default(0).describe('How long every call takes'),
  in_progress_ms: milliseconds.default(0).describe('How long a rollout takes after provision or update returned'),
  approval_ms: milliseconds
    .optional()
    .describe('How long the next version of a tenant waits for approval. Default: it does not wait'),
  stop_ms: milliseconds.default(0).describe('How long processes take to end after stop returned'),
  faults: MemoryFaults.default({}).describe('Faults to inject, by operation'),
  persist: z
    .boolean()
    .default(false)
    .describe('Keep the tenants in files of the data directory; only in the defaults of the provider'),
});
export type MemoryConfig = z.output<typeof MemoryConfig>;
