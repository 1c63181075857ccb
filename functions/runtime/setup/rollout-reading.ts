import { RolloutReader } from '../../../src/rollouts/rollout-reader.ts';
import { RolloutStore } from '../../../src/rollouts/store/rollout-store.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { servicesPart } from './services.ts';

/** The services of functions that only read rollouts. */
export const rolloutReading = servicesPart(({ table }) => ({
  rollouts: new RolloutReader({ rollouts: new RolloutStore(table), clock: systemClock }),
}));
