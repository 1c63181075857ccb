import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Puts all temporary files of a test run into one folder, and returns the function that removes it. Some libraries leave
 * files behind; CDK leaves a folder for each app.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
