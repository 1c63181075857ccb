import { PlaceChangedError } from '../../compute/errors.ts';
import type { Manager } from '../../compute/manager.ts';
import { movedSettings, type Place, placeChanged, placeDigest } from '../../compute/place/place.ts';
import type { Change } from '../decide/change-request.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError, ignoreConditionFailed, type Table } from '../store/table.ts';
import { presentPlace } from './check-place.ts';

export interface PlaceClaimsOptions {
  store: Store;
  table: Table;
  manager: Manager;
}

/** The item of a provider: the place that all its tenants are at. */
interface Claim {
  place: Place;
}

const WRITE_TRIES = 5;
/** How many tenants at the old place are counted. */
const MAX_COUNTED = 1000;

/**
 * Keeps one place for each provider: new tenants are made only where the others are. The first claim of a provider records
 * its place. A later claim from another place is refused while tenants are left at the old one; once there are none, the
 * new place is recorded.
 */
export class PlaceClaims {
  readonly #options: PlaceClaimsOptions;
  readonly #claimed = new Map<string, Promise<void>>();

  constructor(options: PlaceClaimsOptions) {
    this.#options = options;
  }

  /**
   * Claims the present place of a provider. Reads one item, once for each instance. Throws `PlaceChangedError` if its
   * tenants are at another place, and what the provider throws if its place cannot be told.
   */
  claim(provider: string): Promise<void> {
    const claiming = this.#claimed.get(provider) ?? this.#claim(provider);
    this.#claimed.set(provider, claiming);
    claiming.catch(() => this.#claimed.delete(provider));
    return claiming;
  }

  /**
   * Records the present place as that of every tenant of a provider, because the operator says that the old place is gone
   * or that its resources were moved. Returns how many tenants it changed.
   */
  async accept(provider: string): Promise<number> {
    const { store, manager } = this.#options;
    let changed = 0;
    for await (const { tenant_id } of store.tenantsOf(provider)) {
      const { tenant, version } = await store.getTenant(tenant_id);
      const place = tenant && (await manager.placeOf(provider, tenant.desired.spec));
      if (!place || (tenant.place && movedSettings(tenant.place, place).length === 0)) continue;
      await store.putTenant({ ...tenant, place }, version).then(() => (changed += 1), ignoreConditionFailed);
    }
    return changed;
  }

  async #claim(provider: string): Promise<void> {
    const { table, manager } = this.#options;
    const place = await manager.placeOf(provider);
    if (!place) return;
    for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
      const item = await table.get('meta', `place#${provider}`);
      const recorded = item && (JSON.parse(item.data) as Claim).place;
      if (recorded && placeDigest(recorded) === placeDigest(place)) return;
      const moved = recorded ? movedSettings(recorded, place) : [];
      if (moved.length > 0) {
        const count = await this.#countElsewhere(provider, place);
        if (count > 0) throw placeChanged(provider, subjectOf(count), moved);
      }
      const version = item?.version ?? 0;
      const next = { pk: 'meta', sk: `place#${provider}`, data: JSON.stringify({ place }), version: version + 1 };
      try {
        await table.put(next, version === 0 ? 'absent' : version);
        return;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
    }
  }

  /** Counts tenants that are not known to be at a place. Those without a place are from a time before it was claimed. */
  async #countElsewhere(provider: string, place: Place): Promise<number> {
    const { store } = this.#options;
    const digest = placeDigest(place);
    let count = 0;
    for await (const { tenant_id, place: own } of store.tenantsOf(provider)) {
      if (own === digest) continue;
      const { tenant } = await store.getTenant(tenant_id);
      const isHere = tenant?.place && movedSettings(tenant.place, place).length === 0;
      if (tenant && !isHere) count += 1;
      if (count === MAX_COUNTED) break;
    }
    return count;
  }
}

function subjectOf(count: number): string {
  if (count === 1) return '1 tenant is';
  return count === MAX_COUNTED ? `${MAX_COUNTED} tenants or more are` : `${count} tenants are`;
}

/** Returns the place for a new life, if it can be told. Throws `PlaceChangedError` if other tenants are elsewhere. */
export async function placeOfNewLife(
  manager: Manager,
  claims: PlaceClaims | undefined,
  change: Change,
): Promise<Place | undefined> {
  if (!('spec' in change)) return presentPlace(manager, (change.type === 'destroy' && change.provider_type) || '');
  const { provider_type } = change.spec;
  await claims?.claim(provider_type).catch((error: unknown) => {
    if (error instanceof PlaceChangedError) throw error;
  });
  return presentPlace(manager, provider_type, change.spec);
}
