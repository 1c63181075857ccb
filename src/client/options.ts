import { ClientUsageError } from './errors.ts';
import type { Fetch } from './fetch.ts';

/** AWS credentials in the shape of the AWS SDK. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

export interface Signing {
  /** The region that requests are signed for. Default: the one in the address. */
  region?: string | undefined;
  /** A profile of the AWS configuration. Default: that of the standard credential chain. */
  profile?: string | undefined;
  /** Default: the standard credential chain of AWS. */
  credentials?: CredentialsProvider | undefined;
}

/** A failed attempt that another one follows. */
export interface RetryInfo {
  method: string;
  path: string;
  /** The number of the failed attempt, from 1. */
  attempt: number;
  maxAttempts: number;
  reason: string;
  delayMs: number;
}

export interface ClientOptions {
  /** The base address of Berth, such as `http://127.0.0.1:8787` or `https://ID.execute-api.REGION.amazonaws.com`. */
  endpoint: string;
  /** Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /**
   * `auto` (default) signs requests to `*.execute-api.REGION.amazonaws.com` with the standard credential chain of AWS.
   * An object signs requests to any endpoint, such as a custom domain. Its region can be left out where the address has it.
   * A `token` replaces the signature.
   */
  signing?: 'auto' | 'none' | Signing | undefined;
  /** A JWT or the token of a local host, sent as bearer token. Default on a loopback address: see `localToken`. */
  token?: string | undefined;
  /** Attempts per request, the first included. Default 4. */
  maxAttempts?: number | undefined;
  /** Time limit of one attempt in milliseconds. Default 35,000: API Gateway answers within 30 s. */
  attemptTimeoutMs?: number | undefined;
  /** The `User-Agent` header, which operators of Berth see in logs. */
  userAgent?: string | undefined;
  /** Called before the pause that precedes another attempt. */
  onRetry?: ((info: RetryInfo) => void) | undefined;
}

/** Validated options with defaults filled in. */
export interface Settings {
  /** Without a slash at its end. */
  endpoint: string;
  fetch: Fetch;
  authorization:
    | { kind: 'none' | 'local' }
    | { kind: 'bearer'; token: string }
    | ({ kind: 'sigv4'; region: string } & Omit<Signing, 'region'>);
  maxAttempts: number;
  attemptTimeoutMs: number;
  userAgent: string;
  onRetry: ((info: RetryInfo) => void) | undefined;
}

/** Validates the options and fills in defaults. Throws `ClientUsageError`. */
export function resolveOptions(options: ClientOptions): Settings {
  const { maxAttempts = 4, attemptTimeoutMs = 35_000, userAgent = 'berth-client', onRetry } = options;
  const url = parseEndpoint(options.endpoint);
  const authorization = authorizationOf(options, url);
  if (authorization.kind !== 'none' && url.protocol !== 'https:' && !isLoopback(url)) {
    throw new ClientUsageError(
      `${url.origin} is not https, so credentials would be sent in clear text. Use https or a loopback address.`,
    );
  }
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new ClientUsageError('maxAttempts must be an integer of at least 1');
  }
  return {
    endpoint: url.href.replace(/(?<!\/)\/+$/, ''),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    authorization,
    maxAttempts,
    attemptTimeoutMs,
    userAgent,
    onRetry,
  };
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ClientUsageError(`the endpoint must start with http:// or https://, not ${JSON.stringify(endpoint)}`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new ClientUsageError('the endpoint must have no user, password, query or fragment');
  }
  return url;
}

const API_GATEWAY = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

function authorizationOf({ token, signing = 'auto' }: ClientOptions, url: URL): Settings['authorization'] {
  if (token !== undefined) {
    if (typeof signing === 'object')
      throw new ClientUsageError('token and signing exclude each other: give one of them');
    if (!/^[\x21-\x7e]+$/.test(token)) throw new ClientUsageError('the token must consist of visible ASCII characters');
    return { kind: 'bearer', token };
  }
  const region = API_GATEWAY.exec(url.hostname)?.[1];
  if (typeof signing === 'object') {
    const signed = signing.region ?? region;
    if (signed === undefined) throw new ClientUsageError(`signing needs a region: ${url.hostname} does not name one`);
    return { ...signing, kind: 'sigv4', region: signed };
  }
  if (signing === 'auto' && isLoopback(url)) return { kind: 'local' };
  return signing === 'auto' && region ? { kind: 'sigv4', region } : { kind: 'none' };
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
