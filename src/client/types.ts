import type { ResponseHeaders } from './fetch.ts';
import type { components, operations } from './schema.d.ts';

type Schemas = components['schemas'];

export type TenantComputeSpec = Schemas['TenantComputeSpec'];
export type ProvisionResult = Schemas['ProvisionResult'];
export type UpdateResult = Schemas['UpdateResult'];
export type ComputeStatus = Schemas['ComputeStatus'];
export type ValidationResult = Schemas['ValidationResult'];
export type Tenant = Schemas['Tenant'];
export type TenantSummary = Schemas['TenantSummary'];
export type TenantList = Schemas['TenantList'];
export type Condition = Schemas['Condition'];
export type Revision = Schemas['Revision'];
export type RevisionDiff = Schemas['RevisionDiff'];
export type RevisionList = Schemas['RevisionList'];
export type Operation = Schemas['Operation'];
export type OperationList = Schemas['OperationList'];
export type OperationSummary = Schemas['OperationSummary'];
export type ActivityList = Schemas['ActivityList'];
export type Failure = Schemas['Failure'];
export type Plan = Schemas['Plan'];
export type LogPage = Schemas['LogPage'];
export type ExecRequest = Omit<Schemas['ExecRequest'], 'tty'> & { tty?: boolean };
export type ExecSession = Schemas['ExecSession'];
export type Installation = Schemas['Installation'];
export type Orphan = Schemas['Orphan'];
export type OrphanList = Schemas['OrphanList'];
export type ProviderList = Schemas['ProviderList'];
export type Provider = Schemas['Provider'];
export type Capabilities = Schemas['Capabilities'];
export type Endpoint = Schemas['Endpoint'];
export type Rollout = Schemas['Rollout'];
export type RolloutList = Schemas['RolloutList'];
export type RolloutPlan = Schemas['RolloutPlan'];
export type RolloutPlanRequest = Schemas['RolloutPlanRequest'];
export type RolloutRequest = Schemas['RolloutRequest'];
export type RolloutSummary = Schemas['RolloutSummary'];
export type RolloutTenantList = Schemas['RolloutTenantList'];
export type RolloutCommand = Rollout['possible'][number];
export type RolloutPhase = Rollout['phase'];
export type RolloutOutcome = RolloutTenantList['tenants'][number]['outcome'];
export type Problem = Schemas['Problem'];
export type AnnouncementEnvelope = Schemas['Announcement'];
export type Phase = Tenant['phase'];
export type Health = Tenant['health'];

type ActivityQuery = NonNullable<operations['list-activity']['parameters']['query']>;
type ListQuery = NonNullable<operations['list-tenants']['parameters']['query']>;

/** How to open the WebSocket of a session. `src/client/exec/frames.ts` tells what its messages mean. */
export interface SessionStream {
  url: string;
  protocols: readonly string[];
  headers: Readonly<Record<string, string>>;
}

/** The answer to a request that succeeded. */
export interface Answer<T> {
  /** The HTTP status: 200, 201, 202 or 204. */
  status: number;
  data: T;
  /** The tenant's revision as an entity tag. Pass it as `ifMatch`. */
  etag?: string;
  /** The operation that the request started or joined. */
  operationId?: string;
  headers: ResponseHeaders;
}

export interface CallOptions {
  /** Aborts the request and the pauses between attempts. The call throws the reason. */
  signal?: AbortSignal | undefined;
}

export interface LimitOptions extends CallOptions {
  /** The most entries to return. */
  limit?: number | undefined;
  /** The `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

export interface MutationOptions extends CallOptions {
  /** Makes repeated calls take effect once, for 24 hours. Default: a random key per call, shared by its attempts. */
  idempotencyKey?: string | undefined;
}

export interface ConditionalOptions extends MutationOptions {
  /** The `etag` that the change is based on. The call fails with status 412 if the tenant has changed since. */
  ifMatch?: string | undefined;
}

export interface TenantFilters {
  provider?: string | undefined;
  phase?: ListQuery['phase'] | undefined;
  /** Only tenants whose health is this, as last observed. */
  health?: ListQuery['health'] | undefined;
  /** Only tenants that carry all of these labels. */
  label?: Readonly<Record<string, string>> | undefined;
  /** Tenants per page. */
  limit?: number | undefined;
}

export interface ActivityFilters {
  state?: ActivityQuery['state'] | undefined;
  type?: ActivityQuery['type'] | undefined;
}

export interface WaitOptions extends CallOptions {
  /** Milliseconds. Default: no limit. */
  timeoutMs?: number | undefined;
  /** Called with the operation after each read. */
  onProgress?: ((operation: Operation) => void) | undefined;
}

export interface EventOptions extends CallOptions {
  /** The id of the last announcement seen. Later ones are sent first, as far back as the host keeps them. */
  lastEventId?: string | undefined;
  /** Only announcements about this tenant. */
  tenant?: string | undefined;
}
