import type { Client } from '../client/client.ts';
import type { RetryInfo } from '../client/options.ts';
import { type Endpoint, findEndpoint } from './endpoint.ts';
import type { Environment } from './environment.ts';
import { toSafeLine } from './terminal/safe-text.ts';
import { dim } from './terminal/style.ts';
import { type OutputStream, openTerminal, type Terminal } from './terminal/terminal.ts';

export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** The options that every command knows. */
export interface GlobalOptions {
  endpoint?: string;
  context?: string;
  output: OutputFormat;
  color: boolean;
  debug?: boolean;
}

/** The machine that a command runs on, as far as it matters: tests bring their own. */
export interface Host {
  environment: Environment;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: OutputStream;
  stderr: OutputStream;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back at Ctrl-C. Answers how to stop that. */
  onInterrupt(listener: () => void): () => void;
}

/** What a command works with. */
export interface Session {
  host: Host;
  options: GlobalOptions;
  terminal: Terminal;
  /** Aborted at Ctrl-C. */
  signal: AbortSignal;
  endpoint(): Promise<Endpoint>;
  /** The client, loaded and connected when a command first needs it. */
  connect(): Promise<Client>;
}

export function openSession(host: Host, options: GlobalOptions, signal: AbortSignal): Session {
  const { stdout, stderr, environment } = host;
  const terminal = openTerminal({ stdout, stderr, environment, color: options.color });
  let client: Promise<Client> | undefined;
  let endpoint: Promise<Endpoint> | undefined;
  const find = () => (endpoint ??= findEndpoint(options, environment));
  const connect = async () => {
    const { createClient } = await import('../client/client.ts');
    const { url } = await find();
    return createClient({
      endpoint: url,
      token: environment.token,
      userAgent: 'berth-cli',
      onRetry: options.debug ? (retry) => terminal.note(dim(toSafeLine(describeRetry(retry)))) : undefined,
    });
  };
  return { host, options, terminal, signal, endpoint: find, connect: () => (client ??= connect()) };
}

function describeRetry({ method, path, attempt, maxAttempts, reason, delayMs }: RetryInfo): string {
  return `${method} ${path}: try ${attempt} of ${maxAttempts} failed (${reason}); again in ${delayMs} ms`;
}
