import { InvalidRequestError, UnsupportedError } from '../errors.ts';
import type { TenantComputeSpec } from '../spec/spec.ts';
import { runsOnce } from '../start-order/start-order.ts';

/** Limits of what a caller may send. A command is an argument list of one program. */
export const EXEC_LIMITS = { words: 256, bytes: 32 * 1024, columns: 1000, rows: 1000 } as const;

/** What to run in a container of a tenant. */
export interface ExecRequest {
  /** Default: the first container that keeps running. */
  container?: string | undefined;
  /** The program and its arguments. No shell interprets them. */
  command: readonly string[];
  /** True for a terminal: the program then has one stream of output, line editing, and signals by keys. */
  tty: boolean;
  /** The size of the terminal. Default: 80 by 24. */
  columns?: number | undefined;
  rows?: number | undefined;
}

/** A part of what a program writes. With a terminal, everything is `stdout`. */
export interface ExecOutput {
  stream: 'stdout' | 'stderr';
  bytes: Uint8Array;
}

/**
 * How a session ended: with the exit code of the program, which is 128 plus the number of a signal that ended it; or for a
 * reason of another kind, in words that complete `the session ended: `.
 */
export type ExecEnd = { exit_code: number } | { reason: string };

/** A program that was started in a container, and the connection to it. Nothing of it is recorded or logged. */
export interface ExecProgram {
  kind: 'program';
  container: string;
  /** What the program writes. It waits while it is not read. Ends when the session has ended. Can be read once. */
  output: AsyncIterable<ExecOutput>;
  /** Resolves once the session has ended, and what the program has written was read or dropped. */
  ended: Promise<ExecEnd>;
  /** Writes to the program's input. Resolves when more can be written; what comes after the end is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the program's input. With a terminal, it sends the key for the end of a file. */
  endInput(): void;
  /** Changes the size of the terminal. Does nothing without one. */
  resize(columns: number, rows: number): void;
  /** Ends the program and what it started in its session. Idempotent. */
  hangUp(): void;
}

/** A session that the backend carries: the caller connects to AWS Systems Manager, and Berth sees nothing of it. */
export interface RemoteSession {
  kind: 'session_manager';
  container: string;
  session_id: string;
  stream_url: string;
  /** Permits the connection to `stream_url`. It is for the caller alone. */
  token: string;
  /** What the session was started for, in the notation of Session Manager. */
  target: string;
  region: string;
}

export type ExecSession = ExecProgram | RemoteSession;

/**
 * Returns the container that a request is about. Throws `InvalidRequestError` for a name that the specification does not
 * have, with the names that it has.
 */
export function execContainer(
  { tenant_id, containers }: Pick<TenantComputeSpec, 'tenant_id' | 'containers'>,
  wanted: string | undefined,
): string {
  const lasting = containers.find((container) => !runsOnce(container)) ?? containers[0];
  const found = wanted === undefined ? lasting : containers.find(({ name }) => name === wanted);
  if (found) return found.name;
  const names = containers.map(({ name }) => name).join(', ');
  throw new InvalidRequestError(
    [{ pointer: '/container', message: `tenant ${tenant_id} has no container ${wanted}; its containers are ${names}` }],
    { hint: 'Name one of its containers, or none for the first.' },
  );
}

/** Returns the error of a program that the container does not have, such as a shell in an image without one. */
export function programNotFound(program: string, container: string): InvalidRequestError {
  const shown = JSON.stringify(program.slice(0, 128));
  return new InvalidRequestError(
    [{ pointer: '/command/0', message: `container ${container} has no program ${shown} that can be run` }],
    {
      hint: 'Name a program of the container, with its path if it is in no folder of PATH. Some images have no shell.',
    },
  );
}

/** Returns the error of a provider whose operator has not allowed sessions. */
export function execNotAllowed(provider: string): UnsupportedError {
  return new UnsupportedError(`the settings of provider ${provider} do not allow programs in containers of tenants`, {
    hint: 'The operator allows it with "exec": true in the settings of the provider (BERTH_PROVIDERS, or the CDK app).',
  });
}
