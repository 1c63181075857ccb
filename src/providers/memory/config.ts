import * as z from 'zod';
import type { Capabilities } from '../../compute/capabilities.ts';
import { InvalidSpecError, type Issue } from '../../compute/errors.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';

/** Nothing runs here, so nothing is enforced; what a specification may ask for is accepted as widely as possible. */
export const capabilities = {
  secret_sources: ['aws-secrets-manager', 'aws-ssm', 'env', 'file'],
  images: false,
  resource_limits: false,
  network_isolation: false,
} satisfies Partial<Capabilities>;

const asked = ['throttled', 'error', 'throw_string', 'throw_plain', 'hang', 'hang_deaf'] as const;

/** How an operation fails: its kind alone, or with how often. */
function fault<const Kinds extends readonly string[]>(kinds: Kinds, about: string) {
  const names = kinds.join(', ');
  const kind = z.enum(kinds, `must be one of ${names}`);
  const counted = z.strictObject({
    kind,
    times: z.int().min(1).optional().describe('How often it fails, counted for each tenant. Default: always'),
    retry_after_ms: z.int().min(0).optional().describe('For throttled: the pause that the error asks for'),
  });
  return z
    .union([kind, counted], `must be one of ${names}, or an object with one of them as kind`)
    .optional()
    .describe(about);
}

export const MemoryFaults = z.strictObject({
  provision: fault([...asked, 'failed', 'garbage', 'timeout_after_effect', 'invisible'], 'Fails provision'),
  update: fault([...asked, 'failed', 'garbage', 'timeout_after_effect'], 'Fails update'),
  destroy: fault([...asked, 'failed', 'timeout_after_effect'], 'Fails destroy'),
  status: fault([...asked, 'garbage'], 'Fails getStatus'),
  validate: fault([...asked, 'garbage'], 'Fails validate'),
  list: fault([...asked, 'garbage'], 'Fails list; only in the defaults of the provider'),
  rollout: fault(['unhealthy'], 'The new version never gets healthy'),
});
export type MemoryFaults = z.output<typeof MemoryFaults>;

export type FaultOperation = keyof MemoryFaults;
export type Fault = Exclude<NonNullable<MemoryFaults[FaultOperation]>, string>;

const milliseconds = z.int('must be a whole number of milliseconds').min(0).max(86_400_000);

/** Settings of the memory provider: how slow it is, and how it fails. */
export const MemoryConfig = z.strictObject({
  latency_ms: milliseconds.default(0).describe('How long every call takes'),
  in_progress_ms: milliseconds
    .default(0)
    .describe('How long a provision or an update goes on after it was answered with in_progress'),
  faults: MemoryFaults.default({}).describe('Failures on demand, by operation'),
  persist: z
    .boolean()
    .default(false)
    .describe('Keep the tenants in files of the data directory; only in the defaults of the provider'),
});
export type MemoryConfig = z.output<typeof MemoryConfig>;

/** The settings that hold for a tenant. Throws `InvalidSpecError` with everything that this provider has against the specification. */
export function checkMemorySpec(spec: TenantComputeSpec, defaults: Readonly<Record<string, unknown>>): MemoryConfig {
  const issues = [...operatorOnlyIssues(spec), ...secretIssues(spec)];
  try {
    const config = resolveProviderConfig(spec, MemoryConfig, defaults);
    if (issues.length === 0) return config;
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    issues.push(...error.issues);
  }
  throw new InvalidSpecError(issues);
}

/** Settings that reach beyond the tenant, so that a specification must not carry them. */
function operatorOnlyIssues({ provider_config: { persist, faults } = {} }: TenantComputeSpec): Issue[] {
  const listed = typeof faults === 'object' && faults !== null && 'list' in faults;
  const found = [...(persist === undefined ? [] : ['persist']), ...(listed ? ['faults/list'] : [])];
  return found.map((setting) => ({
    pointer: `/provider_config/${setting}`,
    message: `${setting.replace('/', '.')} can only be set by the operator, in the defaults of this provider`,
  }));
}

function secretIssues({ secrets = [] }: TenantComputeSpec): Issue[] {
  const { secret_sources } = capabilities;
  const message = `secret source must be one of ${secret_sources.join(', ')}`;
  return secrets.flatMap(({ source }, index) =>
    secret_sources.includes(source) ? [] : [{ pointer: `/secrets/${index}/source`, message }],
  );
}
