import type { Services } from '../../functions/runtime/setup/services.ts';
import { messageOf, PlaceChangedError } from '../../src/compute/errors.ts';
import { PlaceClaims } from '../../src/tenants/place/place-claims.ts';
import { CommandError } from './command-line.ts';

/**
 * Refuses to start with settings that would hide tenants: those of a provider that leads to another place than the one where
 * its tenants are. A provider whose place cannot be told now, such as an engine that is down, is checked by each operation.
 * Providers in `acceptedPlaces` are at their present place from now on, whatever is on record.
 */
export async function claimPlaces(services: Services): Promise<void> {
  const { registry, store, table, manager } = services;
  const claims = new PlaceClaims({ store, table, manager });
  const refusals = (await Promise.all(registry.list().map((name) => claimPlace(name, claims, services)))).flat();
  if (refusals.length > 0)
    throw new CommandError(`Berth does not start, because it would lose tenants.\n${refusals.join('\n')}`);
}

/** Returns why the provider cannot be used, if it cannot. */
async function claimPlace(name: string, claims: PlaceClaims, { config, manager, logger }: Services): Promise<string[]> {
  const fields = { component: 'local-host', provider: name };
  try {
    await manager.placeOf(name);
  } catch (error) {
    logger.warn('place of a provider unknown', { ...fields, error: messageOf(error) });
    return [];
  }
  try {
    if (config.acceptedPlaces.includes(name)) {
      logger.warn('place of a provider accepted', { ...fields, tenants: await claims.accept(name) });
    }
    await claims.claim(name);
    return [];
  } catch (error) {
    if (!(error instanceof PlaceChangedError)) throw error;
    const gone = `If the old place is gone, or its resources were moved: start once with BERTH_ACCEPT_PLACE=${name}`;
    return [`${error.message}\n${error.hint}\n${gone}`];
  }
}
