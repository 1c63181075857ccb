import { systemClock } from '../../../src/tenants/clock.ts';
import { Sessions } from '../../../src/tenants/sessions/sessions.ts';
import { servicesPart } from './services.ts';

/** The services of the function that starts programs in containers. */
export const sessions = servicesPart(({ store, table, manager }) => ({
  sessions: new Sessions({ store, table, manager, clock: systemClock }),
}));
