import { ClientUsageError } from './errors.ts';

/** AWS credentials, as the SDK writes them. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

/** A try that failed and is followed by another. */
export interface RetryInfo {
  method: string;
  path: string;
  /** How many tries were made. */
  attempt: number;
  maxAttempts: number;
  reason: string;
  delayMs: number;
}

export interface ClientOptions {
  /** Where Berth is, such as `http://127.0.0.1:8787` or `https://ID.execute-api.REGION.amazonaws.com`. */
  endpoint: string;
  /** Default: the one of the platform. */
  fetch?: typeof fetch | undefined;
  /**
   * `auto`: requests to `*.execute-api.REGION.amazonaws.com` are signed with the standard credential chain, others are not.
   * An object signs requests to any endpoint, such as one with a domain of its own. A `token` takes the place of a signature.
   */
  signing?: 'auto' | 'none' | { region: string; credentials?: CredentialsProvider | undefined } | undefined;
  /** A JWT, sent as bearer token. */
  token?: string | undefined;
  /** How often a request is tried, in all. Default 4. */
  maxAttempts?: number | undefined;
  /** How long one try may take. Default 35 s: API Gateway answers within 30. */
  attemptTimeoutMs?: number | undefined;
  /** Sent as header; tells the operators of Berth who calls. */
  userAgent?: string | undefined;
  /** Told of each try that failed and is followed by another. */
  onRetry?: ((info: RetryInfo) => void) | undefined;
}

/** Options with everything decided. */
export interface Settings {
  /** Without a slash at the end. */
  endpoint: string;
  fetch: typeof fetch;
  authorization:
    | { kind: 'none' }
    | { kind: 'bearer'; token: string }
    | { kind: 'sigv4'; region: string; credentials: CredentialsProvider | undefined };
  maxAttempts: number;
  attemptTimeoutMs: number;
  userAgent: string;
  onRetry: ((info: RetryInfo) => void) | undefined;
}

/** Checks the options. Throws `ClientUsageError`. */
export function resolveOptions(options: ClientOptions): Settings {
  const { maxAttempts = 4, attemptTimeoutMs = 35_000, userAgent = 'berth-client', onRetry } = options;
  const url = parseEndpoint(options.endpoint);
  const authorization = authorizationOf(options, url);
  if (authorization.kind !== 'none' && url.protocol !== 'https:' && !isLoopback(url)) {
    throw new ClientUsageError(`${url.origin} is not https: credentials sent there could be read by others`);
  }
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new ClientUsageError('maxAttempts must be a whole number of at least 1');
  }
  return {
    endpoint: url.href.replace(/(?<!\/)\/+$/, ''),
    fetch: options.fetch ?? ((...args) => fetch(...args)),
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
    throw new ClientUsageError(
      `the endpoint must be an address that begins with http:// or https://, not ${JSON.stringify(endpoint)}`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new ClientUsageError('the endpoint must have no user, password, query or fragment');
  }
  return url;
}

const API_GATEWAY = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

function authorizationOf({ token, signing = 'auto' }: ClientOptions, url: URL): Settings['authorization'] {
  if (token !== undefined) {
    if (typeof signing === 'object') throw new ClientUsageError('give a token or sign the requests, not both');
    if (!/^[\x21-\x7e]+$/.test(token)) throw new ClientUsageError('the token must be visible ASCII without spaces');
    return { kind: 'bearer', token };
  }
  if (typeof signing === 'object') return { kind: 'sigv4', region: signing.region, credentials: signing.credentials };
  const region = API_GATEWAY.exec(url.hostname)?.[1];
  return signing === 'auto' && region ? { kind: 'sigv4', region, credentials: undefined } : { kind: 'none' };
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
