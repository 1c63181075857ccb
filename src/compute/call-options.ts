import type { LogQuery } from './provider.ts';

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
