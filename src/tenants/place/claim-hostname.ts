import { ResourceConflictError } from '../../compute/errors.ts';
import { exists } from '../model/phases.ts';
import type { HostnameClaim } from '../model/records.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError } from '../store/table.ts';

/*
 * One tenant for each hostname
 *
 * A write concerns one item, so a hostname has an item of its own: its claim. A request writes the claim first, and then the
 * tenant. The claim is held while its tenant desires the hostname. Nothing has to remove it: once the tenant is destroyed,
 * or desires another name, the next request for the hostname finds that, and takes the claim over.
 *
 * A request may be between its two writes. So a claim that is younger than any request can last is held, too, unless its
 * tenant was written after it. A crash between the two writes holds back others for that time, and no longer.
 */

const LONGEST_REQUEST_MS = 60_000;
const WRITE_TRIES = 5;

interface Wanted {
  hostname: string;
  tenant_id: string;
  /** The present time, in milliseconds since 1970. */
  now: number;
}

/** Claims a hostname for a tenant. Idempotent. Throws `ResourceConflictError` where it is that of another tenant. */
export async function claimHostname(store: Store, wanted: Wanted): Promise<void> {
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const version = await refuseTakenHostname(store, wanted);
    const claimed_at = new Date(wanted.now).toISOString();
    try {
      await store.putHostname({ hostname: wanted.hostname, tenant_id: wanted.tenant_id, claimed_at }, version);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
    }
  }
  throw taken(wanted.hostname);
}

/**
 * Throws `ResourceConflictError` where a hostname is that of another tenant. Returns the version of its claim otherwise,
 * 0 where there is none. Writes nothing.
 */
export async function refuseTakenHostname(store: Store, { hostname, tenant_id, now }: Wanted): Promise<number> {
  const { claim, version } = await store.getHostname(hostname);
  if (claim && claim.tenant_id !== tenant_id && (await isHeld(store, claim, now))) throw taken(hostname);
  return version;
}

/** Returns the tenant that has a hostname, or undefined. */
export async function tenantOfHostname(store: Store, hostname: string): Promise<string | undefined> {
  const { claim } = await store.getHostname(hostname);
  if (!claim) return undefined;
  const { tenant } = await store.getTenant(claim.tenant_id);
  return exists(tenant) && tenant.desired.spec.networking?.hostname === hostname ? claim.tenant_id : undefined;
}

async function isHeld(store: Store, { hostname, tenant_id, claimed_at }: HostnameClaim, now: number): Promise<boolean> {
  const { tenant } = await store.getTenant(tenant_id);
  if (exists(tenant) && tenant.desired.spec.networking?.hostname === hostname) return true;
  const isYoung = Math.abs(now - Date.parse(claimed_at)) < LONGEST_REQUEST_MS;
  return isYoung && (tenant === undefined || Date.parse(tenant.updated_at) < Date.parse(claimed_at));
}

/** The other tenant is not named: callers may be apart, too. */
function taken(hostname: string): ResourceConflictError {
  return new ResourceConflictError(`the hostname ${hostname} is that of another tenant`);
}
