import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashJson } from '../../compute/spec/json.ts';

const FILE = '.place';

/**
 * Returns the identity of a folder: the path under which Berth first used it. A file in the folder keeps that path, so a
 * folder that is moved or renamed as a whole stays the same place. A folder without a readable file is identified by
 * `path`, and gets one, so a folder that is emptied stays the same place, too. Creates the folder.
 */
export function folderIdentity(folder: string, path: string): string {
  const file = join(folder, FILE);
  const known = readPath(file);
  if (known !== undefined) return known;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(file, { recursive: true, force: true }); // a folder, or a file of another user
    writeFileSync(file, JSON.stringify({ path, sum: hashJson(path) }), { mode: 0o600, flush: true });
  } catch {
    // A folder that cannot be written holds no new tenant, either.
  }
  return path;
}

function readPath(file: string): string | undefined {
  try {
    const { path, sum } = JSON.parse(readFileSync(file, 'utf8')) as { path: string; sum: string };
    return sum === hashJson(path) ? path : undefined;
  } catch {
    return undefined; // missing or damaged
  }
}
