import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from '../command-error.ts';

/** Maximum file size. The largest specification has 64 KB. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_FILES = 500;
const SPEC_FILE = /\.(?:ya?ml|json)$/i;

export interface SourceText {
  /** The path as the user wrote it, or `(standard input)`. */
  name: string;
  text: string;
  /** The folder of the file, or the working directory. */
  folder: string;
}

/** Reads the files that `-f` names: single files, the specifications in a folder, or `-` for standard input. */
export async function readSources(paths: readonly string[], stdin: NodeJS.ReadableStream): Promise<SourceText[]> {
  const sources: SourceText[] = [];
  for (const path of paths) {
    if (path === '-') {
      sources.push({ name: '(standard input)', text: await readText(stdin, 'standard input'), folder: '.' });
    } else for (const file of await filesAt(path)) sources.push(await readSource(file));
  }
  return sources;
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'no such file or folder' : `cannot be read (${error.code})`;
    throw new CommandError(`${path}: ${reason}`, 'Name a file, a folder, or - for standard input.');
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => SPEC_FILE.test(name)).sort();
  if (names.length === 0) {
    throw new CommandError(
      `${path}: no file in this folder ends with .yaml, .yml or .json`,
      'Subfolders are not searched.',
    );
  }
  if (names.length > MAX_FILES)
    throw new CommandError(`${path}: more than ${MAX_FILES} files`, 'Name fewer files at a time.');
  return names.map((name) => join(path, name));
}

async function readSource(path: string): Promise<SourceText> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw tooLarge(path);
  return { name: path, text: await readText(createReadStream(path), path), folder: dirname(path) };
}

/** Reads a stream up to the maximum size, because devices and pipes report no size. */
async function readText(stream: NodeJS.ReadableStream, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const buffer = Buffer.from(chunk as Buffer | string);
      bytes += buffer.length;
      if (bytes > MAX_FILE_BYTES) throw tooLarge(name);
      if (buffer.includes(0)) throw notText(name);
      chunks.push(buffer);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw error instanceof CommandError ? error : new CommandError(`${name}: cannot be read (${code})`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw notText(name);
  }
}

function tooLarge(name: string): CommandError {
  return new CommandError(
    `${name}: larger than ${MAX_FILE_BYTES / 1024} KB`,
    'Split many specifications into several files of one folder.',
  );
}

function notText(name: string): CommandError {
  return new CommandError(`${name}: not UTF-8 text`, 'Name a file of specifications in YAML or JSON.');
}
