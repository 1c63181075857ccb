import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ensureFolder, readText, setAside } from './mend.ts';

const FILE = '.installation';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Returns the id of a data folder, and makes one where there is none that can be read. Processes that carry an id from
 * before are still found: by their records, and by the installation that they were started for.
 */
export async function readOwner(root: string): Promise<string> {
  const file = join(root, FILE);
  for (;;) {
    const known = await readText(file);
    if (known !== undefined && UUID.test(known)) return known;
    await ensureFolder(root);
    if (known !== undefined) await setAside(file);
    const temporary = `${file}-${randomUUID()}`;
    await writeFile(temporary, randomUUID(), { mode: 0o600, flush: true });
    try {
      await link(temporary, file); // if several hosts start at once, one of them wins
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
