import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError } from './command-error.ts';

/** One control plane that has a name. */
export interface Context {
  endpoint: string;
}

/** The file that names control planes, and says which one is meant when nobody says. */
export interface Contexts {
  current?: string;
  contexts: Record<string, Context>;
}

const CONTEXT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const howToMend = (path: string) =>
  `Correct or remove ${path}; berth context set NAME --endpoint URL writes a new one.`;

/** Reads the file of contexts. One that is not there has none. */
export async function readContexts(path: string): Promise<Contexts> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new CommandError(`${path} cannot be read (${error.code})`, howToMend(path));
  });
  return text === undefined ? { contexts: {} } : parseContexts(text, path);
}

function parseContexts(text: string, path: string): Contexts {
  const input = parseJson(text);
  if (!isObject(input) || !isObject(input.contexts)) throw new CommandError(`${path} has no contexts`, howToMend(path));
  const contexts: Record<string, Context> = {};
  for (const [name, context] of Object.entries(input.contexts)) {
    if (!CONTEXT_NAME.test(name) || !isObject(context) || typeof context.endpoint !== 'string') {
      throw new CommandError(`the context ${JSON.stringify(name)} in ${path} has no endpoint`, howToMend(path));
    }
    contexts[name] = { endpoint: toEndpoint(context.endpoint, `the endpoint of ${name} in ${path}`) };
  }
  const { current } = input;
  return { contexts, ...(typeof current === 'string' && { current }) };
}

/** Writes the file whole or not at all, for its owner's eyes. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(contexts, undefined, 2)}\n`, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${path} cannot be written (${code})`, 'Set BERTH_CONFIG to a file that can be.');
  }
}

export function checkContextName(name: string): string {
  if (CONTEXT_NAME.test(name)) return name;
  throw new CommandError(`${JSON.stringify(name)} cannot be the name of a context`, 'Use letters, digits, and . _ -');
}

/** An address as it is used: of http or https, without a slash at its end. `origin` tells where it came from. */
export function toEndpoint(text: string, origin: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new CommandError(`${origin} is no address of a control plane: ${text}`, 'Write it as http://127.0.0.1:8787');
  }
  if (url.username || url.password) {
    throw new CommandError(`${origin} has a password in it`, 'Give a token in BERTH_TOKEN instead.');
  }
  return url.href.replace(/(?<!\/)\/+$/, '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
