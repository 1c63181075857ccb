import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/**
 * Returns the file of a program as `execvp` finds it: in the folders of `PATH`, or from the working folder where the name
 * has a slash. Returns undefined if there is none that this user can run.
 */
export function findProgram(
  name: string,
  { cwd, path }: { cwd: string; path: string | undefined },
): string | undefined {
  if (name === '' || name.includes('\0')) return undefined;
  const folders = name.includes('/') ? [isAbsolute(name) ? '' : cwd] : (path ?? '').split(':').map((one) => one || cwd);
  return folders.map((folder) => (folder ? join(folder, name) : name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
