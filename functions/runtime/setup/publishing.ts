import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Publisher, type PutEntries } from '../../../src/events/publisher.ts';
import { type Config, ConfigError } from './config.ts';
import { servicesPart } from './services.ts';

/** The services of functions that announce. */
export interface Publishing {
  publisher: Publisher;
}

export const publishing = servicesPart(
  ({ bus, config, logger }): Publishing => ({
    publisher: new Publisher({ put: bus ?? busOf(config), logger, sleep: (ms) => sleep(ms) }),
  }),
);

let client: EventBridgeClient | undefined;

/**
 * Returns the EventBridge bus that the configuration names. The first call loads the SDK. It throws `ConfigError` if
 * BERTH_EVENT_BUS is not set.
 */
export function busOf({ eventBus }: Pick<Config, 'eventBus'>): PutEntries {
  return async (entries) => {
    if (!eventBus) {
      throw new ConfigError([{ pointer: '/BERTH_EVENT_BUS', message: 'must be the name of an EventBridge bus' }]);
    }
    const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    client ??= new EventBridgeClient({});
    const Entries = entries.map((entry) => ({ ...entry, EventBusName: eventBus }));
    return (await client.send(new PutEventsCommand({ Entries }))).Entries ?? [];
  };
}
