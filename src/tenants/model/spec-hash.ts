import { createHmac } from 'node:crypto';
import type { ComputeStatus } from '../../compute/results.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { specHash } from '../../compute/spec/spec-diff.ts';

/*
 * The hash of a specification is in lists, revisions, statuses, and tags of the backend. A specification has env values, and
 * a short password among them could be guessed from a digest that anyone can compute. So the hash is an HMAC of that digest,
 * with a key of the installation that is kept in its table.
 *
 * Versions before recorded the plain digest, with the tenant and on its resources. A revision keeps the hash that it was
 * recorded with, and providers are given that one. So nothing that runs differs from its record, and nothing is replaced.
 * Whether two specifications are equal is decided by the specifications. Callers are shown the HMAC of a plain digest.
 */

/** Distinguishes an HMAC from a plain digest. */
const PREFIX = 'hmac-';

/** Returns the hash of the specification with this plain digest. */
export function keyedHash(digest: string, key: Uint8Array): string {
  const hash = createHmac('sha256', key).update(`spec_hash:${digest}`).digest('hex');
  return PREFIX + hash.slice(0, 32);
}

/** Returns the hash of a specification. */
export function keyedSpecHash(spec: TenantComputeSpec, key: Uint8Array): string {
  return keyedHash(specHash(spec), key);
}

/** Returns true for a digest without a key. Revision 0 has an empty hash. */
export function isPlainHash(hash: string): boolean {
  return hash !== '' && !hash.startsWith(PREFIX);
}

const HASHES = ['spec_hash', 'pending_spec_hash', 'failed_spec_hash'] as const;

/** Returns a status with its hashes as callers may see them. `shown` returns undefined for one that stays hidden. */
export async function withShownHashes(
  status: ComputeStatus,
  shown: (hash: string) => Promise<string | undefined>,
): Promise<ComputeStatus> {
  const plain = HASHES.filter((name) => isPlainHash(status.metadata[name] ?? ''));
  if (plain.length === 0) return status;
  const metadata = { ...status.metadata };
  for (const name of plain) {
    const hash = await shown(metadata[name] ?? '');
    if (hash === undefined) delete metadata[name];
    else metadata[name] = hash;
  }
  return { ...status, metadata };
}
