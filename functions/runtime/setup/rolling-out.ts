import { Rollouts } from '../../../src/rollouts/rollouts.ts';
import { RolloutStore } from '../../../src/rollouts/store/rollout-store.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { servicesPart } from './services.ts';

/** The services of functions that plan, start and steer rollouts. */
export const rollingOut = servicesPart(({ table, store, manager }) => ({
  rollouts: new Rollouts({ rollouts: new RolloutStore(table), store, manager, clock: systemClock }),
}));
