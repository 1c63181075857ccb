import { handler as onTenantChanged } from '../../../functions/on-tenant-changed.ts';
import { handler as onTenantRequested } from '../../../functions/on-tenant-requested.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import type { Logger } from '../../../src/index.ts';
import { startChangeFeed } from './change-feed.ts';
import type { ChangeLog } from './change-log.ts';
import { EventLog } from './event-log.ts';
import { createEventRoutes, type EventRoutes } from './event-routes.ts';
import { EventStore } from './event-store.ts';
import { LocalBus } from './local-bus.ts';
import { LocalQueue } from './local-queue.ts';

export interface LocalEvents {
  /** Where announcements go. */
  put: PutEntries;
  routes: EventRoutes;
  /** Begins to feed the functions, which find their services by then. Answers how to stop. */
  start(changes: ChangeLog, logger: Logger): Promise<() => Promise<void>>;
  /** Ends the streams of announcements. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Everything about events that AWS has services for: the bus, the queue of requests with its dead letters, the table's change stream. */
export async function openLocalEvents(dataDir: string): Promise<LocalEvents> {
  const store = await EventStore.open(dataDir);
  const log = await EventLog.open(store);
  const queue = new LocalQueue({ store, operation: 'on-tenant-requested' });
  const bus = new LocalBus(queue, log);
  const hangUp = new AbortController();
  return {
    put: (entries) => bus.put(entries),
    routes: createEventRoutes({ bus, log, queue, signal: hangUp.signal }),
    async start(changes, logger) {
      await queue.start({ handler: onTenantRequested, logger });
      const stopFeed = startChangeFeed({ changes, handler: onTenantChanged, logger });
      return async () => {
        await Promise.all([stopFeed(), queue.stop()]);
      };
    },
    hangUp: () => hangUp.abort(),
    close: () => store.close(),
  };
}
