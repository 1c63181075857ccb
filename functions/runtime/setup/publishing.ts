import { setTimeout as sleep } from 'node:timers/promises';
import { Publisher } from '../../../src/events/publisher.ts';
import { busOf } from './bus.ts';
import { part } from './services.ts';

/** What announces. */
export interface Publishing {
  publisher: Publisher;
}

export const publishing = part(
  ({ bus, config, logger }): Publishing => ({
    publisher: new Publisher({ put: bus ?? busOf(config), logger, sleep: (ms) => sleep(ms) }),
  }),
);
