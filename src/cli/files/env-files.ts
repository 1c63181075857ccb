import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { VariableSource } from '../import/imported.ts';
import { parseEnvFile } from './dotenv.ts';
import { type Finding, FindingsError } from './finding.ts';

const MAX_BYTES = 1024 * 1024;

export interface Variables extends VariableSource {
  /** The files that gave variables, as the user would write them. */
  files: readonly string[];
}

/**
 * Reads the variables of a Compose file: those of `--env-file`, of which a later one wins, else those of `.env` in the
 * folder of the Compose file (docs.docker.com/compose/how-tos/environment-variables/variable-interpolation). The shell is
 * not read: a tenant must not depend on the shell of the caller.
 */
export function openVariables(folder: string, chosen: readonly string[]): Variables {
  const variables = new Map<string, string>();
  const files: string[] = [];
  for (const path of chosen.length > 0 ? chosen : [join(folder, '.env')]) {
    const text = readText(path);
    if (text === undefined) {
      if (chosen.length > 0)
        throw new CommandError(`${path}: no such file`, '--env-file names a file of NAME=value lines.');
      continue;
    }
    files.push(path);
    const { values, mistakes } = parseEnvFile(text, variables);
    if (mistakes.length > 0) throw new FindingsError(mistakes.map((mistake) => toFinding(path, text, mistake)));
    for (const [name, value] of values) variables.set(name, value);
  }
  return { variables, files, readEnvFile: (path) => readServiceFile(folder, path, variables) };
}

/** Reads a file that `env_file` of a service names. Only files at and below the Compose file are read. */
function readServiceFile(folder: string, path: string, variables: ReadonlyMap<string, string>) {
  if (isAbsolute(path) || normalize(path).startsWith('..')) {
    return `${path} is not in the folder of the Compose file; copy it there`;
  }
  const text = readText(join(folder, path));
  if (text === undefined) return undefined;
  const { values, mistakes } = parseEnvFile(text, variables);
  const [first] = mistakes;
  return first ? `${path}:${lineOf(text, first.offset)}: ${first.message}` : values;
}

/** Returns the text of a file, or undefined if there is none. */
function readText(path: string): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new CommandError(`${path}: larger than ${MAX_BYTES / 1024} KB`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CommandError(
      `${path}: ${code?.startsWith('E') && !code.startsWith('ERR_') ? `cannot be read (${code})` : 'not UTF-8 text'}`,
    );
  }
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Locates a mistake. The text of the file is masked, because it holds values. */
function toFinding(name: string, text: string, { message, offset }: { message: string; offset: number }): Finding {
  const column = offset - text.lastIndexOf('\n', offset - 1);
  return {
    source: { name, text, folder: '' },
    position: { line: lineOf(text, offset), column, offset },
    message,
    hidden: [[0, text.length]],
  };
}
