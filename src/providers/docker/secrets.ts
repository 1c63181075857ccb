import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Issue, toPointer } from '../../compute/errors.ts';
import type { SecretReference } from '../../compute/spec/spec.ts';

/** The only source of secrets: `key` is the name of a file in the operator's `secrets_directory`. */
export const SECRET_SOURCE = 'file';

const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;
const MAX_BYTES = 64 * 1024;

/** Returns the values of secrets by environment variable, and an issue for each reference that cannot be resolved. */
export async function resolveSecrets(
  references: readonly SecretReference[],
  folder: string | undefined,
): Promise<{ values: Record<string, string>; issues: Issue[] }> {
  const values: Record<string, string> = {};
  const issues: Issue[] = [];
  for (const [index, { name, source, key, env_var }] of references.entries()) {
    const refuse = (field: 'source' | 'key', problem: string) => {
      issues.push({ pointer: toPointer(['secrets', index, field]), message: `secret ${name} ${problem}` });
    };
    if (source !== SECRET_SOURCE)
      refuse('source', `has a source that this provider does not support. It supports "${SECRET_SOURCE}"`);
    else if (folder === undefined)
      refuse('source', 'cannot be read: the operator of this provider has not set secrets_directory');
    else {
      const secret = await readSecret(folder, key);
      if ('problem' in secret) refuse('key', secret.problem);
      else values[env_var] = secret.value;
    }
  }
  return { values, issues };
}

/** Reads one file of the folder, without the newline at its end. `problem` completes a sentence about the secret. */
export async function readSecret(folder: string, key: string): Promise<{ value: string } | { problem: string }> {
  if (!FILE_NAME.test(key)) return { problem: 'must have a file name as its key: letters, digits, and . _ -' };
  try {
    const root = await realpath(folder);
    // Mounted secrets are usually links within the folder. A link that leaves it is refused.
    const file = await realpath(join(root, key));
    const stats = await stat(file);
    if (!file.startsWith(root + sep) || !stats.isFile()) return { problem: 'is not a file of the secrets folder' };
    if (stats.size > MAX_BYTES) return { problem: `is larger than ${MAX_BYTES / 1024} KB` };
    const text = await readFile(file, 'utf8');
    if (text.includes('\0')) return { problem: 'contains NUL, which an environment variable cannot hold' };
    return { value: text.replace(/\r?\n$/, '') };
  } catch {
    return { problem: 'does not exist in the secrets folder, or is not readable' };
  }
}
