import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Issue, toPointer } from '../../compute/errors.ts';
import type { SecretReference } from '../../compute/spec/spec.ts';

/** Where this provider finds secrets: `key` is the name of a file in the operator's `secrets_directory`. */
export const SECRET_SOURCE = 'file';

const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;
const MAX_BYTES = 64 * 1024;

/** What the references stand for, by variable, and what is wrong with those that stand for nothing. */
export async function resolveSecrets(
  references: readonly SecretReference[],
  folder: string | undefined,
): Promise<{ values: Record<string, string>; issues: Issue[] }> {
  const values: Record<string, string> = {};
  const issues: Issue[] = [];
  for (const [index, reference] of references.entries()) {
    const result = await resolveSecret(reference, folder);
    if ('value' in result) values[reference.env_var] = result.value;
    else {
      const message = `secret ${reference.name} ${result.problem}`;
      issues.push({ pointer: toPointer(['secrets', index, result.field]), message });
    }
  }
  return { values, issues };
}

type Resolved = { value: string } | { field: 'source' | 'key'; problem: string };

async function resolveSecret(reference: SecretReference, folder: string | undefined): Promise<Resolved> {
  if (reference.source !== SECRET_SOURCE) {
    return { field: 'source', problem: `has a source that this provider cannot read: it reads "${SECRET_SOURCE}"` };
  }
  if (!FILE_NAME.test(reference.key)) {
    return { field: 'key', problem: 'must have the name of a file as its key: letters, digits, and . _ -' };
  }
  if (folder === undefined) {
    return { field: 'source', problem: 'cannot be read: the operator of this provider has set no secrets_directory' };
  }
  try {
    const root = await realpath(folder);
    // Links within the folder are usual (Kubernetes mounts secrets that way); one that leads out of it is not followed.
    const file = await realpath(join(root, reference.key));
    const about = await stat(file);
    if (!file.startsWith(root + sep) || !about.isFile())
      return { field: 'key', problem: 'is not a file of the secrets folder' };
    if (about.size > MAX_BYTES) return { field: 'key', problem: `is larger than ${MAX_BYTES / 1024} KB` };
    const text = await readFile(file, 'utf8');
    if (text.includes('\0')) return { field: 'key', problem: 'has NUL in it, which no environment variable can hold' };
    return { value: text.replace(/\r?\n$/, '') }; // editors and `echo` end files with a newline that is not meant
  } catch {
    return { field: 'key', problem: 'was not found in the secrets folder, or may not be read' };
  }
}
