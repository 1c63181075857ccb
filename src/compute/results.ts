import * as z from 'zod';

/** An address at which a tenant answers. `url` is there for protocols that have one. */
export const Endpoint = z.object({
  type: z.string().describe('http, tcp or udp'),
  address: z.string(),
  port: z.int().min(0).max(65535),
  url: z.string().optional(),
});
export type Endpoint = z.infer<typeof Endpoint>;

const now = () => new Date().toISOString();
const Time = z.iso.datetime({ offset: true }).describe('ISO 8601, UTC');

/** What a provider answers to `provision`. Fields that a provider has nothing to say about may be left out of its answer. */
export const ProvisionResult = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  status: z.enum(['success', 'in_progress', 'failed']),
  resource_ids: z.record(z.string(), z.string()).default({}),
  endpoints: z.array(Endpoint).default([]),
  message: z.string().default(''),
  provisioned_at: Time.default(now),
});
export type ProvisionResult = z.infer<typeof ProvisionResult>;

/** What a provider answers to `update`. `changes` are pointers into the specification, such as `/containers/web/image` (containers go by their name). */
export const UpdateResult = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  status: z.enum(['success', 'no_changes', 'in_progress', 'failed']),
  changes: z.array(z.string()).default([]),
  message: z.string().default(''),
  updated_at: Time.default(now),
});
export type UpdateResult = z.infer<typeof UpdateResult>;

export const TenantState = z.enum(['running', 'stopped', 'starting', 'stopping', 'failed', 'unknown']);
export type TenantState = z.infer<typeof TenantState>;

export const Health = z.enum(['healthy', 'unhealthy', 'unknown']);
export type Health = z.infer<typeof Health>;

export const ContainerStatus = z.object({
  name: z.string(),
  state: TenantState,
  ready: z.boolean(),
  restart_count: z.int().min(0).default(0),
  message: z.string().default(''),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

/**
 * What a provider observes of a tenant. `metadata` is text to text; three of its keys mean the same for every provider,
 * so that whoever started long work can tell how it ended:
 *
 * - `spec_hash`: `specHash` of the specification that serves;
 * - `pending_spec_hash`: of one that is being rolled out, while it is;
 * - `failed_spec_hash`: of one whose rollout failed last, with the reason in `failure`.
 */
export const ComputeStatus = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  state: TenantState,
  containers: z.array(ContainerStatus).default([]),
  health: Health,
  endpoints: z.array(Endpoint).default([]),
  last_updated: Time.default(now),
  metadata: z.record(z.string(), z.string()).default({}),
});
export type ComputeStatus = z.infer<typeof ComputeStatus>;

/** What `validateTenantSpec` answers for a specification that may be provisioned. */
export const ValidationResult = z.object({
  valid: z.literal(true),
  warnings: z.array(z.string()).describe('What is allowed, but probably not meant'),
});
export type ValidationResult = z.infer<typeof ValidationResult>;

/** A line that a container wrote. */
export const LogLine = z.object({
  container: z.string(),
  time: Time.optional().describe('ISO 8601, UTC, where the backend keeps it'),
  text: z.string().describe('As it was written, control characters included, without the values of env and secrets'),
});
export type LogLine = z.infer<typeof LogLine>;

/** Lines of a tenant's containers, oldest first; `next_cursor` stands for what comes after them. */
export const LogPage = z.object({ lines: z.array(LogLine), next_cursor: z.string().optional() });
export type LogPage = z.infer<typeof LogPage>;
