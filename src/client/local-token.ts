import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** The file in a data directory that holds the token of its host. */
export const TOKEN_FILE = 'token';

/** Nothing else that a file may contain is ever sent. */
const GENERATED = /^berth_[A-Za-z0-9_-]{43}$/;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the token of the host on this machine: `BERTH_TOKEN`, or the file that `--token` makes in the data directory
 * (`BERTH_DATA_DIR`, or `.berth` in the current folder). Undefined if there is none.
 */
export async function localToken(
  { BERTH_TOKEN, BERTH_DATA_DIR }: Variables = process.env,
): Promise<string | undefined> {
  return BERTH_TOKEN || readTokenFile(join(BERTH_DATA_DIR || '.berth', TOKEN_FILE));
}

/** Reads a token file. Returns undefined for a link, for a file of another user, and for one that others may read. */
export async function readTokenFile(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const about = await file.stat();
    const isPrivate = about.isFile() && (about.mode & 0o077) === 0 && about.uid === process.geteuid?.();
    if (!isPrivate || about.size > 100) return undefined;
    const token = (await file.readFile('utf8')).trim();
    return GENERATED.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}
