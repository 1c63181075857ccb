import { ComputeError, ProviderFailedError, ThrottledError, TimeoutError } from '../../../compute/errors.ts';

/** A request that the engine answered with a refusal. `reason` is its own text. It never leaves the provider as it is. */
export class EngineError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`the engine answered ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

const UNREACHABLE: Record<string, { why: string; hint: string }> = {
  ENOENT: {
    why: 'there is no socket at its endpoint',
    hint: 'Start the engine, or set the endpoint of this provider (or DOCKER_HOST) to where it listens.',
  },
  EACCES: {
    why: 'this user may not use its socket',
    hint: 'Add the user that Berth runs as to the group of the socket, or run a rootless engine for it.',
  },
  ECONNREFUSED: {
    why: 'nothing listens at its endpoint',
    hint: 'Start the engine, or set the endpoint of this provider (or DOCKER_HOST) to where it listens.',
  },
  ENOTFOUND: { why: 'the host of its endpoint is not known', hint: 'Correct the endpoint of this provider.' },
};

/** What a failed request means: an `EngineError` where the engine refused it, else an error for the user. */
export function fromThrown(thrown: unknown, doing: string, provider: string): Error {
  if (thrown instanceof ComputeError) return thrown;
  const { statusCode, code = '', name, reason } = readThrown(thrown);
  if (statusCode === 429) return new ThrottledError(`the Docker engine of ${provider} refused to ${doing} for now`);
  if (statusCode !== undefined) return new EngineError(statusCode, reason);
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ETIMEDOUT') {
    return new TimeoutError(`the Docker engine of ${provider} did not answer in time when asked to ${doing}`);
  }
  const { why, hint } = UNREACHABLE[code] ?? {
    why: isAlert(code)
      ? `it does not accept the certificate of this provider (${code})`
      : isAboutTls(code)
        ? `its certificate is not accepted (${code})`
        : `the connection failed (${code || 'unknown error'})`,
    hint: isAboutTls(code)
      ? 'Check the files in the tls setting of this provider.'
      : 'Check that the engine runs and that its endpoint can be reached from here, and try again.',
  };
  return new ProviderFailedError(`the Docker engine of ${provider} cannot be reached: ${why}`, { hint, cause: thrown });
}

/** What dockerode throws, as far as it is of use: it puts status and answer beside the message. */
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

/** What the other side said of our certificate, and not what we say of its. */
function isAlert(code: string): boolean {
  return /^ERR_SSL_.*ALERT/.test(code);
}

function isAboutTls(code: string): boolean {
  return /^(?:ERR_(?:TLS|SSL)|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code);
}

/** Whether the engine said that a thing is not there. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof EngineError && thrown.status === 404;
}
