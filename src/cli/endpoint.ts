import { readFile } from 'node:fs/promises';
import type { ClientOptions } from '../client/options.ts';
import { CommandError } from './command-error.ts';
import { type Authorization, readContexts, toEndpoint } from './contexts.ts';
import type { Environment } from './environment.ts';

/** The default address of `berth dev`. */
export const LOCAL_ENDPOINT = 'http://127.0.0.1:8787';

export interface Endpoint extends Authorization {
  url: string;
  /** Where the URL came from, for messages. */
  origin: string;
}

/**
 * Returns the control plane that a command talks to. Flags win over the environment, and the environment wins over the
 * contexts file: `--endpoint`, `--context`, `BERTH_ENDPOINT`, `BERTH_CONTEXT`, the current context, then the local default.
 */
export async function findEndpoint(
  options: { endpoint?: string | undefined; context?: string | undefined },
  environment: Environment,
): Promise<Endpoint> {
  if (options.endpoint !== undefined) return { url: toEndpoint(options.endpoint, '--endpoint'), origin: '--endpoint' };
  if (options.context !== undefined) return ofContext(options.context, '--context', environment);
  if (environment.endpoint !== undefined) {
    return { url: toEndpoint(environment.endpoint, 'BERTH_ENDPOINT'), origin: 'BERTH_ENDPOINT' };
  }
  if (environment.context !== undefined) return ofContext(environment.context, 'BERTH_CONTEXT', environment);
  const { current } = await readContexts(environment.configFile);
  if (current !== undefined) return ofContext(current, 'the current context', environment);
  return { url: LOCAL_ENDPOINT, origin: 'the default' };
}

async function ofContext(name: string, origin: string, { configFile }: Environment): Promise<Endpoint> {
  const { contexts } = await readContexts(configFile);
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context) {
    const { endpoint: url, ...authorization } = context;
    return { ...authorization, url, origin: `${origin}, ${name}` };
  }
  const known = Object.keys(contexts).sort().join(', ') || 'none';
  throw new CommandError(
    `${origin} names context ${JSON.stringify(name)}, which does not exist (known: ${known})`,
    `Create it with: berth context set ${/^[\w.-]+$/.test(name) ? name : 'NAME'} --endpoint URL`,
  );
}

/**
 * Returns the options of a client that authorize its requests. `BERTH_TOKEN` wins over the context. Throws `CommandError`
 * for a token file that cannot be read.
 */
export async function credentialsOf(
  { token_file, profile, region }: Authorization,
  { token }: Environment,
): Promise<Pick<ClientOptions, 'token' | 'signing'>> {
  if (token !== undefined) return { token };
  if (token_file !== undefined) return { token: await readToken(token_file) };
  return profile === undefined && region === undefined ? {} : { signing: { profile, region } };
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `the token file of the context cannot be read: ${path} (${code})`,
      'Write the token there, or set it in BERTH_TOKEN.',
    );
  }
}
