import type * as z from 'zod';
import type { Capabilities } from './capabilities.ts';
import type { Logger } from './logger.ts';
import type { ComputeStatus, LogPage, ProvisionResult, UpdateResult } from './results.ts';
import type { TenantComputeSpec } from './spec/spec.ts';

/** What the schema fills in. */
export const defaultCapabilities: Capabilities = {
  health_checks: ['http', 'tcp', 'exec'],
  secret_sources: [],
  images: true,
  resource_limits: true,
  network_isolation: true,
  host_ports: false,
  logs: false,
};

/** What every call of a provider is given last. */
export interface ProviderCall {
  /**
   * Aborted when the caller no longer waits. A provider then stops waiting too, and throws the signal's reason;
   * what it has begun stays findable. `destroy` goes on to its end all the same.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds that a backend that asks for fewer calls may be waited for before a `ThrottledError`. Default: as long as
   * the provider thinks fit. Whoever rates calls gives 0, to learn at once that they come too fast.
   */
  patience?: number | undefined;
  /** For what the manager cannot know. Never given a secret or an env value. */
  logger?: Logger | undefined;
}

/** A tenant that a provider holds resources for, complete or not. */
export interface HeldTenant {
  tenant_id: string;
  /** `specHash` of what serves, where the resources say. */
  spec_hash?: string | undefined;
}

/** Which lines of a log are wanted. */
export interface LogQuery {
  /** Only this container. */
  container?: string | undefined;
  /** Without a cursor: at most this many lines of each container, the newest. Default 100; more than 1000 are never given. */
  tail?: number | undefined;
  /** The `next_cursor` of a page: what came after it. */
  cursor?: string | undefined;
}

/** What a compute backend tells by EventBridge: who, what kind, about which resources, and the rest. */
export interface BackendEvent {
  source: string;
  detail_type: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
}

/**
 * Where tenants run. This comment and those below are the contract; `test/conformance/provider-suite.ts` executes it.
 *
 * - **No memory.** Nothing about tenants is kept in process memory: names are deterministic, ownership is in labels,
 *   all else is asked of the backend. A fresh instance can update and destroy what an earlier one made.
 * - **Only its own.** What does not carry Berth's labels is never touched; where a name collides with it, that is a
 *   `ResourceConflictError`.
 * - **In parallel.** Different tenants proceed at the same time. Calls for one tenant may overlap, also from other
 *   processes: the backend ends as if they had come one after the other.
 * - **Errors** are `ComputeError`s with a text for the user. Throttling by the backend is a `ThrottledError`.
 * - **Nothing secret** (env values, secret values) in logs, errors, status or command lines.
 *
 * A provider gets specifications that passed `validateComputeSpec`, and nothing else.
 */
export interface Provider {
  /** The name it is registered under; it labels its resources with it. Several instances of one type have different names. */
  readonly name: string;
  /** What it can do. Default: `defaultCapabilities`. */
  readonly capabilities?: Partial<Capabilities> | undefined;
  /**
   * Whose limits its calls count against, where several providers share them: an account in a region, say. Calls to
   * providers that name the same are paced together. Default: its own name.
   */
  readonly backend?: string | undefined;
  /**
   * The schema of `provider_config` after `configDefaults` are merged in, or what loads it. It refuses unknown fields.
   */
  readonly configSchema?: z.ZodType | (() => Promise<z.ZodType>) | undefined;
  /** What the operator set for every tenant. Reading it gives no secret. */
  readonly configDefaults?: Readonly<Record<string, unknown>> | undefined;

  /**
   * Brings the tenant up as the specification says. Idempotent: repeated with an equal specification it has no further
   * effect and answers the same, also while the first call goes on. With another specification: `TenantExistsError`,
   * and what runs is left alone. It may wait for readiness for some seconds; what takes longer is answered with
   * `in_progress`, and `getStatus` tells the end. A failure leaves nothing behind, or only what `destroy` finds.
   *
   * Throws `InvalidSpecError` (the provider's own rules; nothing was made), `ProvisionFailedError`, `ResourceConflictError`.
   */
  provision(spec: TenantComputeSpec, call?: ProviderCall): Promise<ProvisionResult>;

  /**
   * Replaces what runs by what the specification says; what did not change is left running. An equal specification
   * answers `no_changes`. Until the new version is ready the old one serves, where ports allow; if it never gets ready,
   * the old one stays and the new one is removed. Long work answers `in_progress`, as for `provision`;
   * repeated meanwhile with an equal specification it joins the work; with another it takes its place.
   *
   * Throws `TenantNotFoundError`, `InvalidSpecError` (nothing was changed), `UpdateFailedError` (the old version serves).
   */
  update(tenantId: string, spec: TenantComputeSpec, call?: ProviderCall): Promise<UpdateResult>;

  /**
   * Removes everything of the tenant, complete or not; returns when it is gone or cannot come back. Destroying nothing
   * succeeds. Not stopped by cancellation. Throws `DestroyFailedError` where something is left; it can be called again.
   */
  destroy(tenantId: string, call?: ProviderCall): Promise<void>;

  /**
   * What the backend says now; never from a cache, and without waiting for anything but the backend's answer.
   * Throws `TenantNotFoundError` where there is nothing of the tenant.
   */
  getStatus(tenantId: string, call?: ProviderCall): Promise<ComputeStatus>;

  /** Checks what only the provider can know, `provider_config` included. No side effect. Throws `InvalidSpecError` with every issue. */
  validate(spec: TenantComputeSpec, call?: ProviderCall): Promise<{ warnings: string[] } | undefined>;

  /**
   * What the containers of a specification are made from: for each, by name, a text that says all of it (a digest, never a
   * value). An update leaves a container as it is where the text is the same before and after, and puts another in its
   * place where it is not; so a plan can tell the one from the other. Pure: it asks nobody. It may throw where the
   * specification is not valid. Without it, every change counts as one that replaces everything.
   */
  fingerprints?(spec: TenantComputeSpec): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

  /** Every tenant this provider holds anything for, each once, in no order. It pages through the backend as it is consumed. */
  list(call?: ProviderCall): AsyncIterable<HeldTenant>;

  /**
   * The same in the order of ids, from the one that would come after this id on; the empty text stands before them all.
   * For a backend that takes minutes to list: who is interrupted goes on where that was, as another process, and what came
   * or went meanwhile keeps none of those that stay from being shown once.
   */
  listAfter?(tenantId: string, call?: ProviderCall): AsyncIterable<HeldTenant>;

  /**
   * With the capability `logs`: a page of what the tenant's containers wrote. Without a cursor, the newest lines; with one,
   * what came after that page, beginning with the oldest. A page is bounded in lines and bytes (`log-page.ts`), and may be
   * empty; its cursor then is good for the next look. Where containers have times, lines are in their order; where not,
   * those of each container are. A line comes once.
   *
   * A cursor is opaque and names nothing secret. It outlives the instance that gave it, restarts and rollouts: the log of
   * a container that was replaced ends, and its successor's begins. Lines that the backend dropped meanwhile are left out.
   *
   * Throws `TenantNotFoundError`, `InvalidRequestError` for a cursor that no page came with, and `UnsupportedError` where
   * the settings of this provider keep no logs.
   */
  logs?(tenantId: string, query?: LogQuery & ProviderCall): Promise<LogPage>;

  /**
   * Which tenant an event of the backend is about, by nothing but what it says; undefined where it is about none of this
   * provider's. The event may be late, repeated or made up: the tenant is then looked at, and nothing more.
   */
  tenantOf?(event: BackendEvent): string | undefined;

  /** Begins background work, where a provider has any (the process provider supervises). Called once by a host that stays. */
  start?(): Promise<void>;

  /** Ends background work and connections; tenants are left as they are, and running. */
  close?(): Promise<void>;
}

/** The schema of a provider's settings, if it has any. */
export async function configSchemaOf({ configSchema }: Provider): Promise<z.ZodType | undefined> {
  return typeof configSchema === 'function' ? configSchema() : configSchema;
}

/** The capabilities of a provider, with the defaults filled in. */
export function capabilitiesOf(provider: Provider): Capabilities {
  return { ...defaultCapabilities, ...provider.capabilities };
}

/** What every provider is made with. `defaults` are checked by the provider's own schema at once, so that a mistake stops the start. */
export interface ProviderOptions {
  name: string;
  defaults?: Record<string, unknown> | undefined;
  /** True if the deployment already checked `defaults`: a provider then need not load its schema. Default: false. */
  defaultsAreChecked?: boolean | undefined;
  /** Where a provider that keeps files on this machine may keep them; it uses a folder of its own name. */
  dataDir?: string | undefined;
  logger?: Logger | undefined;
}

/** Makes a provider. Throws `InvalidProviderError` where the defaults are wrong, naming each mistake. */
export type ProviderFactory = (options: ProviderOptions) => Provider | Promise<Provider>;
