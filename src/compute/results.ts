import * as z from 'zod';

/** An address of a tenant. `url` is set for protocols that have URLs. Stable addresses are listed first. */
export const Endpoint = z.object({
  type: z.string().describe('http, tcp or udp'),
  address: z.string(),
  port: z.int().min(0).max(65535),
  url: z.string().optional(),
  name: z.string().optional().describe('The name of the port in the specification'),
  stable: z.boolean().optional().describe('True if it stays the same over updates, rollbacks and restarts'),
});
export type Endpoint = z.infer<typeof Endpoint>;

const now = () => new Date().toISOString();
const Time = z.iso.datetime({ offset: true }).describe('ISO 8601, UTC');

/** The result of `provision`. A provider may omit the fields with defaults. */
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

/**
 * The result of `update`. `changes` are pointers into the specification, such as `/containers/web/image`, with containers by
 * name. A provider may omit the fields with defaults.
 */
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
  state: TenantState.describe('Of a container that runs once: stopped when it has ended with code 0, then also ready'),
  ready: z.boolean().describe('It runs and is healthy. Of one that runs once: it has ended with code 0'),
  restart_count: z.int().min(0).default(0),
  message: z.string().default(''),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

/** A volume of a tenant. */
export const VolumeStatus = z.object({
  name: z.string(),
  retain: z.boolean().describe('Whether a destroy keeps it'),
  mounted: z
    .boolean()
    .describe('Whether the version that serves, or is to serve, mounts it; otherwise its data waits for the destroy'),
});
export type VolumeStatus = z.infer<typeof VolumeStatus>;

/** The result of `destroy`: the names of the volumes that this call deleted, and of those that it kept. */
export const DestroyResult = z.object({
  deleted_volumes: z.array(z.string()).default([]),
  kept_volumes: z.array(z.string()).default([]),
  remains: z.string().optional().describe('Where data of deleted volumes remains, if the provider cannot delete it'),
});
export type DestroyResult = z.infer<typeof DestroyResult>;

/**
 * The state of a tenant as its provider observes it. Some keys of `metadata` mean the same for every provider, so that the
 * reconciler learns how a rollout ended:
 *
 * - `spec_hash`: the recorded hash of the specification that serves (see `ProviderCall.spec_hash`);
 * - `pending_spec_hash`: of the specification that is being rolled out;
 * - `pending_message`: what that one waits for, in words: each container that is not ready, with the last answer of its
 *   health check, and its last output. At most `MAX_PENDING` characters, and nothing that `logs` does not show;
 * - `pending_until`: when the provider gives that one up, in ISO 8601;
 * - `waiting_for`: `approval` where the version on its way waits for it, at the gate with the id `waiting_id`, since
 *   `waiting_since` and until `waiting_until`, in ISO 8601. `Provider.approve` lets it go on;
 * - `failed_spec_hash`: of the specification whose rollout failed last, with the reason in `failure`;
 * - `open_steps`: what an interrupted rollout left to do, in words, such as containers of the version before that still
 *   exist, or settings of the operator that are not applied to the tenant yet. A provider derives it from what its backend
 *   has, never from memory. A tenant with open steps is not as desired, whatever serves: the next `provision` or `update`
 *   with the specification that serves finishes them.
 * - `stopped`: `true` where the tenant is stopped, or is being stopped, because `stop` was called. Another tenant in the
 *   state `stopped` lost its processes.
 * - `restart`, `pending_restart`, `failed_restart`: the ids of the restarts (see `ProviderCall.restart`) that made what
 *   serves, that is in progress, and that failed last, with the reason in `failure`. A failed restart is no failure of
 *   its specification, so it sets no `failed_spec_hash`.
 * - `incarnation`: the life of the tenant id that the resources are marked for, if they are;
 * - `crash_loop`: `true` where the backend shows that containers end again and again, whatever `restart_count` says.
 */
export const ComputeStatus = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  state: TenantState,
  containers: z.array(ContainerStatus).default([]),
  health: Health,
  endpoints: z.array(Endpoint).default([]),
  volumes: z.array(VolumeStatus).optional().describe('The volumes that the tenant has; absent where it has none'),
  last_updated: Time.default(now),
  metadata: z.record(z.string(), z.string()).default({}),
});
export type ComputeStatus = z.infer<typeof ComputeStatus>;

/** The result of `validateTenantSpec` for a specification that can be provisioned. */
export const ValidationResult = z.object({
  valid: z.literal(true),
  warnings: z.array(z.string()).describe('Fields that are ignored, or valid but probably unintended'),
});
export type ValidationResult = z.infer<typeof ValidationResult>;

/** A line in a container's log. */
export const LogLine = z.object({
  container: z.string(),
  time: Time.optional().describe('ISO 8601, UTC, if the backend records it'),
  text: z.string().describe('As written, control characters included, without the values of env and secrets'),
});
export type LogLine = z.infer<typeof LogLine>;

/** Lines of a tenant's containers, oldest first. `next_cursor` continues after them. */
export const LogPage = z.object({ lines: z.array(LogLine), next_cursor: z.string().optional() });
export type LogPage = z.infer<typeof LogPage>;
