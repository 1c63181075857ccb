import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError } from './command-error.ts';

/** A named control plane. */
export interface Context {
  endpoint: string;
}

/** The contents of the contexts file: named control planes, and the current one. */
export interface Contexts {
  current?: string;
  contexts: Record<string, Context>;
}

const CONTEXT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const repairHint = (path: string) =>
  `Correct or remove ${path}. berth context set NAME --endpoint URL writes a new one.`;

/** Reads the contexts file. Returns no contexts if the file does not exist. Throws `CommandError` if it is unreadable. */
export async function readContexts(path: string): Promise<Contexts> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new CommandError(`cannot read ${path} (${error.code})`, repairHint(path));
  });
  return text === undefined ? { contexts: {} } : parseContexts(text, path);
}

function parseContexts(text: string, path: string): Contexts {
  const input = parseJson(text);
  if (!isObject(input) || !isObject(input.contexts))
    throw new CommandError(`${path} has no contexts`, repairHint(path));
  const contexts: Record<string, Context> = {};
  for (const [name, context] of Object.entries(input.contexts)) {
    if (!CONTEXT_NAME.test(name) || !isObject(context) || typeof context.endpoint !== 'string') {
      throw new CommandError(`context ${JSON.stringify(name)} in ${path} has no valid endpoint`, repairHint(path));
    }
    contexts[name] = { endpoint: toEndpoint(context.endpoint, `the endpoint of ${name} in ${path}`) };
  }
  const { current } = input;
  return { contexts, ...(typeof current === 'string' && { current }) };
}

/** Replaces the contexts file atomically, with mode 0600. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(contexts, undefined, 2)}\n`, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`cannot write ${path} (${code})`, 'Set BERTH_CONFIG to a writable file.');
  }
}

export function checkContextName(name: string): string {
  if (CONTEXT_NAME.test(name)) return name;
  throw new CommandError(`${JSON.stringify(name)} is not a valid context name`, 'Use letters, digits, and . _ -');
}

/** Returns an http or https URL without a trailing slash. `origin` says where the text came from. Throws `CommandError`. */
export function toEndpoint(text: string, origin: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new CommandError(`${origin} is not the URL of a control plane: ${text}`, 'Write it as http://127.0.0.1:8787');
  }
  if (url.username || url.password) {
    throw new CommandError(`${origin} contains credentials`, 'Set a token in BERTH_TOKEN instead.');
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
