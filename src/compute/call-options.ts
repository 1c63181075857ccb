import type { LogQuery } from './provider.ts';
import type { Endpoint } from './results.ts';

/** Options of every call of the manager. */
export interface CallOptions {
  /** Aborts the caller's wait, and the work if the provider can stop it. */
  signal?: AbortSignal | undefined;
  /** See `ProviderCall.patience`. */
  patience?: number | undefined;
  /** See `ProviderCall.incarnation`. */
  incarnation?: string | undefined;
  /** See `ProviderCall.spec_hash`. */
  specHash?: string | undefined;
  /** See `ProviderCall.restart`. */
  restart?: string | undefined;
  /** See `ProviderCall.retain_volumes`. */
  retainVolumes?: readonly string[] | undefined;
}

export interface StatusOptions extends CallOptions {
  /** Greatest age of a cached status, in milliseconds. At most the manager's `statusMaxAge`. */
  maxAge?: number | undefined;
}

export type LogOptions = CallOptions & LogQuery;

export interface ManagerOptions {
  /** How long a status is cached, in milliseconds. Default 0: every call reaches the provider. */
  statusMaxAge?: number;
  /**
   * Returns the id of this installation, which every call gets. For a `change`, it makes one where there is none yet; for a
   * `read`, it may return undefined. Default: calls get no id.
   */
  installation?: ((purpose: 'read' | 'change') => Promise<string | undefined>) | undefined;
  /**
   * Returns the endpoints of a tenant with the stable addresses that the host gives it, first. Idempotent: replaces those
   * that it gave before. Default: the endpoints as the provider reports them.
   */
  addresses?: ((tenantId: string, endpoints: readonly Endpoint[]) => Endpoint[]) | undefined;
}
