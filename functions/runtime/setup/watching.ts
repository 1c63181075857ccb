import { Watch } from '../../../src/tenants/watch/watch.ts';
import { changes } from './changes.ts';
import { servicesPart } from './services.ts';

/** The services of functions that look at the health of tenants. */
export interface Watching {
  watch: Watch;
}

export const watching = servicesPart((services): Watching => {
  const { config, logger, manager, store } = services;
  const { clock, rateLimiter } = changes(services).reconciler;
  return { watch: new Watch({ store, manager, rateLimiter, clock, logger, holdMs: config.healthHold }) };
});

/** The services of the function that backend events reach: it reconciles a tenant and looks at its health. */
export const reacting = servicesPart((services) => ({ ...changes(services), ...watching(services) }));
