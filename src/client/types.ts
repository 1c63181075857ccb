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
export type RevisionList = Schemas['RevisionList'];
export type Operation = Schemas['Operation'];
export type OperationList = Schemas['OperationList'];
export type Failure = Schemas['Failure'];
export type Plan = Schemas['Plan'];
export type LogPage = Schemas['LogPage'];
export type ProviderList = Schemas['ProviderList'];
export type Provider = Schemas['Provider'];
export type Capabilities = Schemas['Capabilities'];
export type Endpoint = Schemas['Endpoint'];
export type Problem = Schemas['Problem'];
export type AnnouncementEnvelope = Schemas['Announcement'];
export type Phase = Tenant['phase'];

type ListQuery = NonNullable<operations['list-tenants']['parameters']['query']>;

/** An answer of Berth. */
export interface Answer<T> {
  status: number;
  data: T;
  /** The revision of the tenant, for `ifMatch`. */
  etag?: string;
  /** The operation that the request began, or joined. */
  operationId?: string;
  headers: Headers;
}

export interface CallOptions {
  /** Aborts the request, and the pauses between its tries; the call throws the reason. */
  signal?: AbortSignal | undefined;
}

export interface MutationOptions extends CallOptions {
  /** Names the request, so that repeating it has no further effect. Default: a new one for each call, kept in its tries. */
  idempotencyKey?: string | undefined;
}

export interface ConditionalOptions extends MutationOptions {
  /** The `etag` of the tenant that the change was made to; the call fails with 412 if it has another one by now. */
  ifMatch?: string | undefined;
}

export interface TenantFilters {
  provider?: string | undefined;
  phase?: ListQuery['phase'] | undefined;
  /** Only tenants with all of these labels. */
  label?: Readonly<Record<string, string>> | undefined;
  /** How many to a page. */
  limit?: number | undefined;
}

export interface WaitOptions extends CallOptions {
  /** For how long. Default: until it ends. */
  timeoutMs?: number | undefined;
  /** Told of the operation each time it was read. */
  onProgress?: ((operation: Operation) => void) | undefined;
}

export interface EventOptions extends CallOptions {
  /** The id of the last one that was seen: what came after it is told first, as far as the host still knows it. */
  lastEventId?: string | undefined;
  /** Only announcements about this tenant. */
  tenant?: string | undefined;
}
