import { ComputeError, ProviderFailedError, ThrottledError, TimeoutError } from '../../../compute/errors.ts';

/** A request that the engine refused, with the engine's text as `reason`. The provider never throws it to its callers. */
export class EngineError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`the engine answered ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

const START_ENGINE = 'Start the engine, or set the endpoint of this provider (or DOCKER_HOST) to where it listens.';

const connectionFailures: Record<string, { why: string; hint: string }> = {
  ENOENT: { why: 'there is no socket at its endpoint', hint: START_ENGINE },
  EACCES: {
    why: 'this user has no access to its socket',
    hint: 'Add the user that Berth runs as to the group of the socket, or run a rootless engine for it.',
  },
  ECONNREFUSED: { why: 'nothing listens at its endpoint', hint: START_ENGINE },
  ENOTFOUND: { why: 'the host name of its endpoint does not resolve', hint: 'Correct the endpoint of this provider.' },
};

/** Returns an `EngineError` where the engine refused the request (`doing` names it), else a `ComputeError`. */
export function fromThrown(thrown: unknown, doing: string, provider: string): Error {
  if (thrown instanceof ComputeError) return thrown;
  const { statusCode, code = '', name, reason } = readThrown(thrown);
  if (statusCode === 429) return new ThrottledError(`the Docker engine of ${provider} is busy and refused to ${doing}`);
  if (statusCode !== undefined) return new EngineError(statusCode, reason);
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ETIMEDOUT') {
    return new TimeoutError(`the Docker engine of ${provider} did not ${doing} in time`);
  }
  const { why, hint } = connectionFailures[code] ?? {
    why: isAlert(code)
      ? `it rejects the certificate of this provider (${code})`
      : isAboutTls(code)
        ? `its certificate is not trusted (${code})`
        : `the connection failed (${code || 'unknown error'})`,
    hint: isAboutTls(code)
      ? 'Check the files in the tls setting of this provider.'
      : 'Check that the engine runs and that its endpoint is reachable from here, then try again.',
  };
  return new ProviderFailedError(`the Docker engine of ${provider} cannot be reached: ${why}`, { hint, cause: thrown });
}

/** Reads an error of dockerode, which carries the HTTP status and the parsed body beside the message. */
function readThrown(thrown: unknown) {
  const { statusCode, code, name, json, message } = thrown as {
    statusCode?: number;
    code?: string;
    name?: string;
    message?: string;
    json?: { message?: unknown } | null;
  };
  const said = typeof json?.message === 'string' ? json.message : (message ?? '');
  return { statusCode, code, name, reason: said.trim().slice(0, 500) };
}

/** Returns true for a TLS alert: the engine rejected the certificate of this provider, not the other way round. */
function isAlert(code: string): boolean {
  return /^ERR_SSL_.*ALERT/.test(code);
}

function isAboutTls(code: string): boolean {
  return /^(?:ERR_(?:TLS|SSL)|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code);
}

export function isMissing(thrown: unknown): boolean {
  return thrown instanceof EngineError && thrown.status === 404;
}
