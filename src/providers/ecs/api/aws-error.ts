/** What is read of the errors of the SDK, whichever of its classes they are. */
interface AwsError {
  name?: string;
  message?: string;
  code?: string;
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
  $retryable?: { throttling?: boolean };
  $response?: { headers?: Record<string, string> };
}

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
]);

/** ECS says it with a ClientException when several versions of one task definition are registered at once. */
const BUSY_FAMILY = /too many concurrent attempts to create a new revision/i;

const UNREACHABLE = new Set([
  'TimeoutError',
  'NetworkingError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const EXPIRED = new Set(['ExpiredTokenException', 'ExpiredToken', 'RequestExpired']);

/** Whether an error comes from the SDK, and not from a mistake of our own. */
export function isFromAws(error: unknown): boolean {
  const { $metadata, $fault, name = '', code = '' } = read(error);
  const isKnown = name === 'CredentialsProviderError' || UNREACHABLE.has(name) || UNREACHABLE.has(code);
  return $metadata !== undefined || $fault !== undefined || isKnown;
}

function read(error: unknown): AwsError {
  return typeof error === 'object' && error !== null ? error : {};
}

export function nameOf(error: unknown): string {
  return read(error).name ?? 'Error';
}

export function textOf(error: unknown): string {
  return read(error).message ?? '';
}

/** ECS asks for fewer calls. */
export function isThrottled(error: unknown): boolean {
  const { name = '', message = '', $metadata, $retryable } = read(error);
  return (
    THROTTLED.has(name) ||
    $retryable?.throttling === true ||
    $metadata?.httpStatusCode === 429 ||
    BUSY_FAMILY.test(message)
  );
}

/** ECS is out of order, or cannot be reached: the call may have had its effect. */
export function isUnavailable(error: unknown): boolean {
  const { name = '', code = '', $metadata } = read(error);
  return (
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    name === 'ServerException' ||
    UNREACHABLE.has(name) ||
    UNREACHABLE.has(code)
  );
}

/** The credentials ended meanwhile; the SDK fetches new ones for the next call. */
export function isExpired(error: unknown): boolean {
  return EXPIRED.has(nameOf(error));
}

/** Milliseconds that the answer asks to wait for. */
export function retryAfter(error: unknown): number | undefined {
  const seconds = Number(read(error).$response?.headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
