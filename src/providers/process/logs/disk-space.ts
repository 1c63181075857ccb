import { statfsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyRotated } from './log-writer.ts';

/** With less than this, rotated output is given up, so that records and the database can still be written. */
const RESERVE_BYTES = 2 * 1024 * 1024;

/** Empties the rotated logs of all tenants where the disk is about to be full. Returns true if it is. */
export async function freeSpace(root: string): Promise<boolean> {
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize >= RESERVE_BYTES) return false;
  for (const tenant of await readdir(root)) emptyRotated(join(root, tenant, 'logs'));
  return true;
}
