import type * as z from 'zod';
import type { Capabilities } from './capabilities/capabilities.ts';
import type { ExecRequest, ExecSession } from './exec/exec.ts';
import type { Logger } from './logger.ts';
import type { Place } from './place/place.ts';
import type { ComputeStatus, DestroyResult, LogPage, ProvisionResult, UpdateResult } from './results.ts';
import type { TenantComputeSpec } from './spec/spec.ts';

/** The capabilities that a provider does not declare. The schema `Capabilities` fills in the same. */
export const defaultCapabilities: Capabilities = {
  health_checks: ['http', 'tcp', 'exec'],
  secret_sources: [],
  images: true,
  resource_limits: true,
  network_isolation: true,
  host_ports: false,
  logs: false,
  stop: false,
  start_order: false,
  volumes: false,
  exec: false,
  approval: false,
};

/** The last argument of every call of a provider. */
export interface ProviderCall {
  /**
   * Aborted when the caller stops waiting. The provider then stops waiting too and throws the signal's reason. What it has
   * begun stays findable. `destroy` ignores the signal and goes on to its end.
   */
  signal?: AbortSignal | undefined;
  /**
   * How long to wait for a backend that throttles before a `ThrottledError`, in milliseconds. Default: the provider's
   * choice. A caller with a rate limiter gives 0, so that the limiter learns at once of each refused call.
   */
  patience?: number | undefined;
  /**
   * The id of the installation that calls: 14 characters of `a-z0-9`. The provider puts it on everything it creates, as
   * label, tag or mark `berth.installation`, and treats resources with another id as it treats those without Berth's
   * labels. Resources without an id are the caller's. Default: unknown, and resources of every installation are treated
   * alike.
   */
  installation?: string | undefined;
  /**
   * The life of the tenant id that the call is about: 12 characters of `a-z0-9`. `provision` and `update` mark the tenant's
   * resources with it as `berth.incarnation`, where the backend takes it, also where they change nothing else. `destroy`
   * does nothing where the mark is another one: the call is late, and the tenant was provisioned again meanwhile. Without
   * it, or without a mark, everything matches.
   */
  incarnation?: string | undefined;
  /**
   * What `provision` and `update` record as the hash of the specification, and what the status then shows: at most 64
   * characters of `a-z0-9-`. The specification is equal to another one where both have the same hash. It tells nothing of
   * env values, so a provider records no digest of its own of them where others than the owner of the backend can read it.
   * Default: `specHash(spec)`.
   */
  spec_hash?: string | undefined;
  /**
   * Of an `update`: the id of a restart, 1 to 32 characters of `a-z0-9.-`. An update with the specification that serves
   * then replaces every container, as it does for a changed specification, unless what serves or is rolled out came from
   * the restart with that id. So a repeated call restarts nothing twice. Only with the capability `stop`.
   */
  restart?: string | undefined;
  /**
   * Of a `destroy`: the names of volumes to keep in addition to those that the provider has recorded as retained. The
   * caller knows specifications that never reached the provider. Default: none.
   */
  retain_volumes?: readonly string[] | undefined;
  /** For facts that the manager cannot log. Never log a secret or an env value. */
  logger?: Logger | undefined;
}

/** A tenant of which the provider holds resources, complete or not. */
export interface HeldTenant {
  tenant_id: string;
  /** The recorded hash of the specification that serves, if the resources record one. */
  spec_hash?: string | undefined;
  /** True where the status has `open_steps`. A provider may omit it where reading it is expensive. */
  has_open_steps?: boolean | undefined;
  /** True for a tenant that `stop` stopped, or is stopping. */
  is_stopped?: boolean | undefined;
  /** True where the record of its specification is lost or damaged: a status finds no tenant, and a provision repairs it. */
  is_lost?: boolean | undefined;
  /** The id of the installation on its resources. Undefined if they carry none: an earlier version made them. */
  installation?: string | undefined;
}

/** What a glance at many tenants shows of one of them. */
export interface Glance {
  tenant_id: string;
  /**
   * True if everything of the tenant that should run does, and nothing shows that it is not as ready as at the latest
   * status. False says only that the status has to be read.
   */
  is_well: boolean;
  /** The sum of the restarts of its containers, where the glance shows it. */
  restart_count?: number | undefined;
}

/** Selects lines of logs. */
export interface LogQuery {
  /** Only lines of this container. */
  container?: string | undefined;
  /** Without a cursor: the newest lines of each container, at most this many. Default 100, at most 1000. */
  tail?: number | undefined;
  /** The `next_cursor` of a page: selects the lines after it. */
  cursor?: string | undefined;
}

/** An event of a compute backend on EventBridge. */
export interface BackendEvent {
  source: string;
  detail_type: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
}

/**
 * A compute backend that runs tenants. These comments are the contract; `test/conformance/provider-suite.ts` executes it.
 *
 * - **No memory.** A provider keeps nothing of tenants in process memory. Names are deterministic, ownership is in labels,
 *   and the backend is asked for the rest. A new instance can update and destroy what an earlier one made.
 * - **Ownership.** A provider never touches a resource without Berth's labels, or with the id of another installation. If
 *   such a resource has a name that the provider needs, that is a `ResourceConflictError`. The id is no part of
 *   fingerprints: nothing that runs is replaced because of it, and resources without one get it at their next change.
 * - **Concurrency.** Calls for different tenants proceed in parallel. Calls for one tenant may overlap, also from several
 *   processes: the backend ends up as if they had run one after the other.
 * - **Order**, with the capability `start_order`. `waitsOf` tells what each container waits for before it starts. One that
 *   runs once fails its version unless it ends with code 0. Then its status is `stopped` and ready, beside a tenant that is
 *   `running`. Where its end was seen, it never runs again in that version; a new version runs it, changed or not.
 * - **Volumes.** A volume belongs to the tenant, not to a version. `provision` and `update` create those that are missing.
 *   Nothing but a `destroy` deletes one: no update that drops it, no failed rollout, no stop. A `destroy` deletes all that
 *   are not retained (`volumes[].retain` of the version accepted last, `retain_volumes` of the call). What it keeps is no
 *   tenant: `getStatus` and `list` do not show it. A later `provision` of the same id mounts it again. Volumes of two
 *   tenants are never the same. Two versions of a container never write to one volume at once: the old one ends before the
 *   new one starts, and comes back if that fails. Requires the capability `volumes`; without it, `validate`, `provision`
 *   and `update` refuse a specification that mounts one.
 * - **Errors** are `ComputeError`s whose text is for the user. Throttling by the backend is a `ThrottledError`.
 * - **Secrets.** Logs, errors, statuses and command lines contain no env value and no secret.
 *
 * A provider is only given valid specifications, with defaults filled in. Each is the provider's own copy.
 */
export interface Provider {
  /** The name in the registry, and in the labels of resources. Instances of one type have different names. */
  readonly name: string;
  /** Default: `defaultCapabilities`. */
  readonly capabilities?: Partial<Capabilities> | undefined;
  /**
   * The backend whose rate limits apply to its calls, such as an account in a region. Providers with the same backend share
   * one rate limiter. Default: the provider's own name.
   */
  readonly backend?: string | undefined;
  /**
   * The schema of `provider_config` after `configDefaults` are merged in, or a function that loads it. Refuses unknown
   * fields.
   */
  readonly configSchema?: z.ZodType | (() => Promise<z.ZodType>) | undefined;
  /** The operator's settings for every tenant. They hold no secret. */
  readonly configDefaults?: Readonly<Record<string, unknown>> | undefined;

  /**
   * Returns where the provider keeps its tenants. Before each call for a tenant, the place that was recorded when the tenant
   * was made is compared with it; if they differ, nothing is called. So a change of settings hides no tenant.
   *
   * With a specification, returns the place of that tenant; without one, leaves out what specifications decide. Constant
   * for an instance and a specification. Calls the backend only if the settings do not tell, and at most once. May throw if
   * the backend cannot be reached. A provider without this method counts as being always at the same place.
   */
  place?(spec?: TenantComputeSpec): Place | Promise<Place>;

  /**
   * Starts the tenant as the specification says. May wait some seconds until it is ready; longer work returns
   * `in_progress`, and `getStatus` tells how it ended. Idempotent: a repeated call with an equal specification has no
   * further effect and returns the same, also while the first call is running. Another specification is a
   * `TenantExistsError`, and what runs is left as it is. A failure leaves nothing behind, or only what `destroy` finds.
   *
   * Throws `InvalidSpecError` (the provider's own rules; nothing was made), `ProvisionFailedError`, `ResourceConflictError`.
   */
  provision(spec: TenantComputeSpec, call?: ProviderCall): Promise<ProvisionResult>;

  /**
   * Replaces what runs by what the specification says, and leaves unchanged containers running. The old version serves
   * until the new one is ready, if ports and volumes allow. If the new version never gets ready, it is removed and the old
   * one stays. Longer work returns `in_progress`, as for `provision`. Idempotent: an equal specification returns
   * `no_changes`, or joins the rollout in progress. Another specification replaces the rollout in progress without waiting
   * for it; the one that serves just ends it. A call whose signal was aborted changes nothing once a later call has begun.
   * Each finishes what an interrupted rollout left open (see `open_steps` in results.ts), and so does `provision` with an
   * equal one.
   *
   * Throws `TenantNotFoundError`, `InvalidSpecError` (nothing was changed), `UpdateFailedError` (the old version serves).
   */
  update(tenantId: string, spec: TenantComputeSpec, call?: ProviderCall): Promise<UpdateResult>;

  /**
   * Removes every resource of the tenant, complete or not, except those marked for another `incarnation`. Returns when they
   * are gone or cannot come back. Idempotent: succeeds if there is nothing. Ignores cancellation. Returns which volumes it
   * deleted and kept, if the tenant had any. Throws `DestroyFailedError` if something is left; the caller may retry.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a provider without volumes has nothing to return.
  destroy(tenantId: string, call?: ProviderCall): Promise<DestroyResult | void>;

  /**
   * Ends every process of the tenant, also those of a rollout in progress, which it gives up. Keeps everything else that
   * makes the tenant: its address and ports, where the backend can keep them, its marks and the record of what serves.
   * Nothing starts the tenant but `update` or `provision`: no supervisor, no restart of the host or the backend. Either of
   * the two starts a stopped tenant with its specification, also with an equal one. Longer work returns early, and
   * `getStatus` shows `stopping` until the state is `stopped`. Idempotent. Does nothing where the mark is another
   * `incarnation`. `list` still has the tenant, with `is_stopped`. Requires the capability `stop`.
   *
   * Throws `TenantNotFoundError` if there is nothing of the tenant, and `StopFailedError`.
   */
  stop?(tenantId: string, call?: ProviderCall): Promise<void>;

  /**
   * Lets the version on its way go on past the gate with this id. The status shows a gate as `waiting_id`: the new version
   * waits there for approval, and the version before serves. Each gate has an id of its own, so an approval passes one gate
   * only. Returns early; the status tells how the version goes on. Idempotent: does nothing where the version does not wait
   * at that gate any more. A gate without approval ends as the settings say, at `waiting_until`. An update with the
   * specification that serves gives the waiting version up. Requires the capability `approval`.
   *
   * Throws `TenantNotFoundError` if there is nothing of the tenant.
   */
  approve?(tenantId: string, gate: string, call?: ProviderCall): Promise<void>;

  /**
   * Returns the state that the backend reports now: never from a cache, and without waiting for a change.
   * Throws `TenantNotFoundError` if there is nothing of the tenant.
   */
  getStatus(tenantId: string, call?: ProviderCall): Promise<ComputeStatus>;

  /**
   * Looks at up to `glanceLimit` tenants in as few calls of the backend as possible, and much more cheaply than one status
   * after the other. Returns a glance for each tenant of which it holds something, in any order. A tenant that is left out
   * may be missing: its status tells. Never answers from a cache that the backend does not confirm. Without this method,
   * health is found by reading the status of one tenant after the other, less often.
   */
  glance?(tenantIds: readonly string[], call?: ProviderCall): Promise<readonly Glance[]>;
  /** How many tenants one glance takes. Default 1000. */
  readonly glanceLimit?: number | undefined;

  /**
   * Checks the rules that only the provider knows, `provider_config` included. Has no side effect. Returns warnings, such as
   * one for each field that the provider ignores. Throws `InvalidSpecError` with every issue.
   */
  validate(spec: TenantComputeSpec, call?: ProviderCall): Promise<{ warnings: string[] } | undefined>;

  /**
   * Returns, for each container by name, a fingerprint of all that the container is made from: a digest, never a value.
   * An update replaces a container if its fingerprint changed, and leaves it running if not; so a plan can tell which
   * containers restart. Pure, and calls no backend. May throw if the specification is invalid. Without this method, a plan
   * assumes that every change replaces every container.
   */
  fingerprints?(spec: TenantComputeSpec): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

  /**
   * Returns what the address of a tenant with a specification depends on, in words for a user, such as its hosts. A plan
   * compares it, and tells when an address will change. Pure, and calls no backend. Without this method, or where it throws,
   * a plan tells nothing of addresses.
   */
  addresses?(spec: TenantComputeSpec): readonly string[] | Promise<readonly string[]>;

  /**
   * Returns what has to be done so that the operator's settings apply to a tenant, in words, or undefined where they do. A
   * plan shows it, and the status has it as `open_steps`. A provider whose tenants always have its settings omits this.
   */
  settingsToApply?(tenantId: string, call?: ProviderCall): Promise<string | undefined>;

  /**
   * Lists every tenant of which the provider holds any resource, each once, in any order, with the installation on its
   * resources. Tenants of other installations are listed too, so that they can be counted. Reads the backend page by page as
   * it is consumed.
   */
  list(call?: ProviderCall): AsyncIterable<HeldTenant>;

  /**
   * Lists the same in the order of ids, beginning after `tenantId`; the empty string begins with the first. It is for
   * backends that take minutes to list: another process can continue an interrupted list. Tenants that appear or vanish
   * meanwhile do not hide any other tenant.
   */
  listAfter?(tenantId: string, call?: ProviderCall): AsyncIterable<HeldTenant>;

  /**
   * Returns a page of the containers' logs; requires the capability `logs`. Without a cursor, the page has the newest lines;
   * with one, it has the lines after that page, oldest first. `log-page.ts` limits its lines and bytes. It may be empty;
   * its cursor is still valid later. Lines with times are in their order; others keep the order of their container.
   * Each line appears once.
   *
   * A cursor is opaque and holds nothing secret. It stays valid after the instance ends, after restarts and after rollouts:
   * the log of a replaced container ends, and that of its successor begins. Lines that the backend dropped are skipped.
   *
   * Throws `TenantNotFoundError`, `InvalidRequestError` for a cursor that no page had, and `UnsupportedError` if the
   * provider's settings keep no logs.
   */
  logs?(tenantId: string, query?: LogQuery & ProviderCall): Promise<LogPage>;

  /**
   * Starts a program in a container of the version that serves, beside what runs there, with the container's environment and
   * folder. Requires the capability `exec`, which a provider has only where the operator's settings allow it; without it,
   * throws `UnsupportedError`. A provider of this machine returns the program, which ends when the tenant, the container or
   * the provider ends, when it is hung up, and at the latest with its host: nothing of it is left. One whose backend carries
   * the session returns how the caller connects. Not idempotent: each call is a session of its own.
   *
   * Neither logs nor errors contain arguments of the command. Throws `TenantNotFoundError`, `TenantStoppedError`,
   * `ContainerNotRunningError`, and `InvalidRequestError` for a container or a program that is not there.
   */
  exec?(tenantId: string, request: ExecRequest & ProviderCall): Promise<ExecSession>;

  /**
   * Returns the tenant that an event of the backend concerns, from the event alone, or undefined for a foreign event. The
   * event may be late, repeated or forged: it only causes the tenant to be reconciled.
   */
  tenantOf?(event: BackendEvent): string | undefined;

  /** Starts background work, such as the supervision of processes. A long-running host calls it once. */
  start?(): Promise<void>;

  /** Ends background work and closes connections. Tenants keep running. */
  close?(): Promise<void>;
}

/** Returns the schema of a provider's settings, if it has any. */
export async function configSchemaOf({ configSchema }: Provider): Promise<z.ZodType | undefined> {
  return typeof configSchema === 'function' ? configSchema() : configSchema;
}

/** Returns a provider's capabilities with the defaults filled in. */
export function capabilitiesOf(provider: Provider): Capabilities {
  return { ...defaultCapabilities, ...provider.capabilities };
}

export interface ProviderOptions {
  name: string;
  /** The operator's settings. The provider's schema validates them at once, so that a mistake prevents the start. */
  defaults?: Record<string, unknown> | undefined;
  /** True if the deployment already checked `defaults`: a provider then need not load its schema. Default: false. */
  defaultsAreChecked?: boolean | undefined;
  /** The folder for providers that keep files on this machine. Each uses a subfolder of its own name. */
  dataDir?: string | undefined;
  logger?: Logger | undefined;
  /** The front door of the host, where it has one: the stable addresses of tenants lead through it. */
  frontDoor?: FrontDoor | undefined;
}

/**
 * The front door of one machine, as providers see it. It finds a tenant by the status that its provider reports, and sends
 * requests to the first HTTP endpoint there that is on this machine.
 */
export interface FrontDoor {
  /**
   * Returns true while requests that go through the door are under way to one of these ports. Called before a provider
   * stops what it has replaced, when the status already reports what takes its place: no new request goes to the old ports
   * from then on. Returns false after a while, whatever is under way, so the provider need not count the time.
   */
  isInUse(ports: readonly number[]): boolean;
}

/** Creates a provider. Throws `InvalidProviderError`, which names every mistake in the defaults. */
export type ProviderFactory = (options: ProviderOptions) => Provider | Promise<Provider>;
