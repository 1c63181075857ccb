import { InvalidSpecError, toPointer } from '../../compute/errors.ts';
import type { Manager } from '../../compute/manager.ts';
import { movedSettings, type Place, placeChanged, placeDigest } from '../../compute/place/place.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { IndexedSummary } from '../model/summary.ts';
import type { Tenant } from '../model/tenant.ts';

/*
 * The place of a tenant
 *
 * A provider finds a tenant by its settings: a cluster, an engine, a prefix. When an operator changes one of them, every
 * tenant becomes invisible: a destroy would find nothing and report success, and a heal would make a second tenant beside
 * the first. So each tenant's record keeps the place of its provider, and each call for the tenant compares it first.
 *
 * - A request that begins a life records the place in the same write (decide/begin.ts). If the place could not be told
 *   then, the reconciler records it before its first call (reconcile/settle-place.ts).
 * - Requests, statuses and logs of a tenant at another place are refused (`PlaceChangedError`). Nothing is recorded or
 *   called. Only a status that names its provider asks that provider first, because it needs no record.
 * - Work that was recorded before the change is retried: a destroy without end, anything else until its deadline.
 * - An inventory reports such tenants, and neither heals them nor takes them for orphans.
 * - Records of older versions have no place. They get it from the first look that finds the tenant.
 */

type Placed = Pick<Tenant, 'tenant_id' | 'provider_type' | 'desired' | 'place'>;

/**
 * Throws `PlaceChangedError` if the provider's settings lead to another place than the one on record. Returns the present
 * place, undefined if the provider has none. Throws what the provider throws if its place cannot be told.
 */
export async function checkPlace(manager: Manager, tenant: Placed): Promise<Place | undefined> {
  const { tenant_id, provider_type, desired, place } = tenant;
  const present = await manager.placeOf(provider_type, desired.revision > 0 ? desired.spec : undefined);
  const moved = place && present ? movedSettings(place, present) : [];
  if (moved.length > 0) throw placeChanged(provider_type, `tenant ${tenant_id} is`, moved);
  return present;
}

/** Returns the present place of a provider, or of the tenant with a specification; undefined if it cannot be told now. */
export async function presentPlace(
  manager: Manager,
  provider: string,
  spec?: TenantComputeSpec,
): Promise<Place | undefined> {
  try {
    return await manager.placeOf(provider, spec);
  } catch {
    return undefined; // the call that follows meets the same failure, and reports it
  }
}

/** Checks as `checkPlace` does, if the place can be told. */
export async function refuseMoved(manager: Manager, tenant: Placed): Promise<void> {
  const { provider_type, desired, place } = tenant;
  if (place && (await presentPlace(manager, provider_type, desired.spec))) await checkPlace(manager, tenant);
}

/** Checks a tenant by its summary, and reads the rest of it only where the places may differ. */
export async function refuseMovedSummary(
  manager: Manager,
  { summary, tenant }: { summary: IndexedSummary; tenant(): Tenant },
): Promise<void> {
  if (summary.place === undefined) return;
  const present = await presentPlace(manager, summary.provider_type);
  if (present && placeDigest(present) !== summary.place) await checkPlace(manager, tenant());
}

/** Throws `InvalidSpecError` if a specification would move a tenant, because its `provider_config` decides the place. */
export async function refuseMovingSpec(manager: Manager, { tenant_id, place }: Placed, spec: TenantComputeSpec) {
  const next = place && (await presentPlace(manager, spec.provider_type, spec));
  if (!next) return;
  const issues = movedSettings(place, next).map(({ setting, before, after }) => ({
    pointer: toPointer(['provider_config', setting]),
    message:
      `${setting} of tenant ${tenant_id} cannot change from ${before} to ${after}: the tenant would be left behind; ` +
      'destroy it and provision it anew',
  }));
  if (issues.length > 0) throw new InvalidSpecError(issues);
}
