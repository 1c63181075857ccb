import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Everything temporary of a run of the tests is in one folder, which is removed at the end, whoever made what is in it: CDK
 * leaves one behind for each app.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
