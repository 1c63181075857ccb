import { parseArgs } from 'node:util';
import { ConfigError } from '../../functions/runtime/setup/config.ts';
import { ComputeError } from '../../src/compute/errors.ts';
import { PROVIDER_NAME } from '../../src/compute/spec/names.ts';
import { closeInheritedDescriptors } from './inherited-descriptors.ts';

type Flags = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

/** The options that all commands of the local host share. */
export const commonFlags = {
  port: { type: 'string' },
  'front-door-port': { type: 'string' },
  'data-dir': { type: 'string' },
  token: { type: 'boolean' },
  help: { type: 'boolean' },
} as const satisfies Flags;

/** Reads the options of a command. Throws `CommandError` on an unknown one. */
export function readFlags<const T extends Flags>(options: T) {
  try {
    return parseArgs({ options, allowPositionals: false }).values;
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ''}\nSee --help.`);
  }
}

/** Throws `CommandError` if the text is no port. */
export function toPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new CommandError('--port must be a whole number from 0 to 65535; 0 finds a free one.');
  }
  return Number(text);
}

/** Throws `CommandError` if the text is neither a port nor `off`. */
export function toFrontDoorPort(text: string | undefined): number | 'off' | undefined {
  if (text === 'off' || text === undefined) return text;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CommandError('--front-door-port must be a whole number from 0 to 65535, or off.');
}

/** Reads `NAME=TYPE` of added providers. Throws `CommandError` for anything else, and for a name that is there twice. */
export function toProviderTypes(texts: readonly string[] = []): Record<string, { type: string }> {
  const added: Record<string, { type: string }> = {};
  for (const text of texts) {
    const [name = '', type] = text.split(/=(.*)/s);
    if (!PROVIDER_NAME.test(name) || !type) {
      throw new CommandError('--provider must be NAME=TYPE, such as nomad=./nomad.ts.');
    }
    if (Object.hasOwn(added, name)) throw new CommandError(`--provider names ${name} twice. Choose another name.`);
    added[name] = { type };
  }
  return added;
}

/** Tells the user why a command cannot go on. Its message is printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * Runs a command and sets the exit code. Prints a known failure, or what the system or the database reports, as a sentence.
 * Any other failure is a defect of Berth, and printed with its stack.
 */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    closeInheritedDescriptors();
    process.exitCode = await command();
  } catch (error) {
    const isKnown =
      [CommandError, ConfigError, ComputeError].some((type) => error instanceof type) || isOfSystem(error);
    const text = isKnown
      ? (error as Error).message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
}

/** A failed call of the system has a `syscall`. A failed statement has a number of SQLite. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || 'errcode' in error);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Under npm one Ctrl-C arrives twice: from the terminal and from npm. A signal after this time is a second Ctrl-C. */
const SAME_SIGNAL_MS = 500;

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once. */
export function untilSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (first !== undefined && performance.now() - first > SAME_SIGNAL_MS) process.exit(130);
      first ??= performance.now();
      resolve();
    });
  }
  return promise;
}
