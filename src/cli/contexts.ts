import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError } from './command-error.ts';

/** How requests to a control plane are authorized, where its address does not tell. */
export interface Authorization {
  /** A file with a bearer token, which is read at each command. The contexts file itself contains no secret. */
  token_file?: string;
  /** The profile of the AWS configuration whose credentials sign requests. */
  profile?: string;
  /** The region that requests are signed for: for a domain of your own in front of API Gateway. */
  region?: string;
}

/** A named control plane. */
export interface Context extends Authorization {
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
    contexts[name] = {
      endpoint: toEndpoint(context.endpoint, `the endpoint of ${name} in ${path}`),
      ...authorizationOf(
        context,
        (problem) => new CommandError(`context ${name} in ${path}: ${problem}`, repairHint(path)),
      ),
    };
  }
  const { current } = input;
  return { contexts, ...(typeof current === 'string' && { current }) };
}

const authorizationRules = {
  token_file: [/^[^\0]{1,4096}$/, 'the path of a file'],
  profile: [/^[^\0\r\n\]]{1,128}$/, 'the name of a profile of the AWS configuration'],
  region: [/^[a-z]{2,}(?:-[a-z0-9]+)+$/, 'an AWS region, such as eu-central-1'],
} as const satisfies Record<keyof Authorization, readonly [RegExp, string]>;

/** Returns the authorization among the fields of an object. Throws what `refuse` makes of a problem. */
export function authorizationOf(
  fields: Readonly<Record<string, unknown>>,
  refuse: (problem: string) => Error,
): Authorization {
  const names = Object.keys(authorizationRules) as (keyof Authorization)[];
  const given = names.filter((name) => fields[name] !== undefined);
  for (const name of given) {
    const [pattern, what] = authorizationRules[name];
    const value = fields[name];
    if (typeof value !== 'string' || !pattern.test(value)) throw refuse(`${name} must be ${what}`);
  }
  if (given.includes('token_file') && given.length > 1)
    throw refuse('token_file excludes profile and region: a token replaces a signature');
  return Object.fromEntries(given.map((name) => [name, fields[name]]));
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
