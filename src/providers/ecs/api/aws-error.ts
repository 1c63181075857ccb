/** The fields that are read of the SDK's errors, whatever their class. */
interface AwsError {
  name?: string;
  message?: string;
  code?: string;
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
  $retryable?: { throttling?: boolean };
  $response?: { headers?: Record<string, string> };
}

const THROTTLED =
  /^(?:Throttling(?:Exception)?|RequestThrottled(?:Exception)?|RequestLimitExceeded|TooManyRequestsException)$/;
const UNREACHABLE = /^(?:TimeoutError|NetworkingError|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;
const EXPIRED = /^(?:ExpiredTokenException|ExpiredToken|RequestExpired)$/;

/** The text of the ClientException that ECS returns for concurrent registrations in one task definition family. */
const BUSY_FAMILY = /too many concurrent attempts to create a new revision/i;

function read(error: unknown): AwsError {
  return typeof error === 'object' && error !== null ? error : {};
}

export function nameOf(error: unknown): string {
  return read(error).name ?? 'Error';
}

export function textOf(error: unknown): string {
  return read(error).message ?? '';
}

/** Returns true for an error of the SDK, and false for a bug in Berth. */
export function isFromAws(error: unknown): boolean {
  const { $metadata, $fault, name } = read(error);
  return $metadata !== undefined || $fault !== undefined || name === 'CredentialsProviderError' || isUnreachable(error);
}

/** Returns true if AWS asked for fewer calls. */
export function isThrottled(error: unknown): boolean {
  const { name = '', message = '', $metadata, $retryable } = read(error);
  return (
    THROTTLED.test(name) ||
    $retryable?.throttling === true ||
    $metadata?.httpStatusCode === 429 ||
    BUSY_FAMILY.test(message)
  );
}

/** Returns true if AWS failed or did not respond. The call may still have had its effect. */
export function isUnavailable(error: unknown): boolean {
  const { name, $metadata } = read(error);
  return ($metadata?.httpStatusCode ?? 0) >= 500 || name === 'ServerException' || isUnreachable(error);
}

function isUnreachable(error: unknown): boolean {
  const { name = '', code = '' } = read(error);
  return UNREACHABLE.test(name) || UNREACHABLE.test(code);
}

/** Returns true if the credentials expired. The SDK fetches new ones for the next call. */
export function isExpired(error: unknown): boolean {
  return EXPIRED.test(nameOf(error));
}

/** Returns the `Retry-After` of the response in milliseconds. */
export function retryAfter(error: unknown): number | undefined {
  const seconds = Number(read(error).$response?.headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
