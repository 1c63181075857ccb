import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { PutEntries } from '../../../src/events/publisher.ts';
import { type Config, ConfigError } from './config.ts';

/** The bus in EventBridge; a function that never announces anything needs neither its name nor the SDK. */
export function busOf({ eventBus }: Config): PutEntries {
  return async (entries) => {
    if (!eventBus)
      throw new ConfigError([{ pointer: '/BERTH_EVENT_BUS', message: 'must be the name of an EventBridge bus' }]);
    const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    client ??= new EventBridgeClient({});
    const Entries = entries.map((entry) => ({ ...entry, EventBusName: eventBus }));
    return (await client.send(new PutEventsCommand({ Entries }))).Entries ?? [];
  };
}

let client: EventBridgeClient | undefined;
