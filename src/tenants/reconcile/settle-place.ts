import { PlaceChangedError } from '../../compute/errors.ts';
import { movedSettings, type Place } from '../../compute/place/place.ts';
import { phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { checkPlace } from '../place/check-place.ts';
import type { Work } from './work.ts';

/**
 * Checks, before a try, that the provider still is where the tenant is; and records the place before the first call that may
 * make something. Returns the present place, so that the end of the try can record it for a tenant of an older version.
 * Throws `PlaceChangedError`, as retryable: the settings may be restored in time.
 */
export async function settlePlace({ lease, manager }: Work, firstTry: boolean): Promise<Place | undefined> {
  const { tenant } = lease;
  if (tenant.provider_type === '') return undefined; // an id that never was a tenant: see decide/begin.ts
  const isUntouched = firstTry && tenant.operation.seq === 1;
  const present = await checkPlace(manager, isUntouched ? { ...tenant, place: undefined } : tenant).catch(toRetryable);
  const { call } = phases[tenant.phase];
  const mayMake = call !== 'destroy' && call !== 'stop' && !tenant.serving;
  const isRecorded = tenant.place && present && movedSettings(tenant.place, present).length === 0;
  if (present && mayMake && !isRecorded) await lease.write((now) => ({ ...now, place: present }));
  return present;
}

/** Returns the tenant with the place at which a provider was just found to have it, unless another one is on record. */
export function withPlace(tenant: Tenant, place: Place | undefined): Tenant {
  return tenant.place || !place ? tenant : { ...tenant, place };
}

function toRetryable(error: unknown): never {
  if (!(error instanceof PlaceChangedError)) throw error;
  const { message, hint } = error;
  throw new PlaceChangedError(message.slice('place changed: '.length), { hint, retryable: true });
}
