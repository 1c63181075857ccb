import type { Client } from '../client/client.ts';
import type { ClientOptions, RetryInfo } from '../client/options.ts';
import { credentialsOf, type Endpoint, findEndpoint } from './endpoint.ts';
import type { Environment } from './environment.ts';
import { toSafeLine } from './terminal/safe-text.ts';
import { dim } from './terminal/style.ts';
import { type OutputStream, openTerminal, type Terminal } from './terminal/terminal.ts';

export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A longer pause before another attempt is told, so that a command that waits is not silent. Milliseconds. */
const TOLD_DELAY_MS = 1000;

/** Options that every command accepts. */
export interface GlobalOptions {
  endpoint?: string;
  context?: string;
  output: OutputFormat;
  color: boolean;
  debug?: boolean;
}

/** The parts of the process that a command uses. Tests pass their own. */
export interface Host {
  environment: Environment;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown; unref?(): unknown };
  stdout: OutputStream;
  stderr: OutputStream;
  /** Returns the time in epoch milliseconds. */
  now(): number;
  /** Calls the listener at Ctrl-C. Returns a function that removes it. */
  onInterrupt(listener: () => void): () => void;
}

/** Everything a command works with. */
export interface Session {
  host: Host;
  options: GlobalOptions;
  terminal: Terminal;
  /** Aborted at Ctrl-C. */
  signal: AbortSignal;
  endpoint(): Promise<Endpoint>;
  /** Returns the client, which is loaded at the first call. Its options apply there. */
  connect(options?: Pick<ClientOptions, 'maxAttempts'>): Promise<Client>;
}

export function openSession(host: Host, options: GlobalOptions, signal: AbortSignal): Session {
  const { stdout, stderr, environment } = host;
  const terminal = openTerminal({ stdout, stderr, environment, color: options.color });
  let client: Promise<Client> | undefined;
  let endpoint: Promise<Endpoint> | undefined;
  const find = () => (endpoint ??= findEndpoint(options, environment));
  const connect = async (given: Pick<ClientOptions, 'maxAttempts'> = {}) => {
    const [{ createClient }, { fetchOverHttp }, endpoint] = await Promise.all([
      import('../client/client.ts'),
      import('./fetch-over-http.ts'),
      find(),
    ]);
    return createClient({
      ...given,
      endpoint: endpoint.url,
      fetch: fetchOverHttp,
      ...(await credentialsOf(endpoint, environment)),
      userAgent: 'berth-cli',
      onRetry: (retry) => {
        if (options.debug || retry.delayMs >= TOLD_DELAY_MS) terminal.note(dim(toSafeLine(describeRetry(retry))));
      },
    });
  };
  return { host, options, terminal, signal, endpoint: find, connect: (given) => (client ??= connect(given)) };
}

function describeRetry({ method, path, attempt, maxAttempts, reason, delayMs }: RetryInfo): string {
  return `${method} ${path}: attempt ${attempt} of ${maxAttempts} failed (${reason}); retrying in ${delayMs} ms`;
}
