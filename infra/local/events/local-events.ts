import { handler as onTenantChanged } from '../../../functions/on-tenant-changed.ts';
import { handler as onTenantRequested } from '../../../functions/on-tenant-requested.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import type { Logger } from '../../../src/index.ts';
import type { ChangeLog } from '../database/change-log.ts';
import type { Database } from '../database/database.ts';
import { startChangeFeed } from './change-feed.ts';
import { EventLog } from './event-log.ts';
import { createEventRoutes, type EventRoutes } from './event-routes.ts';
import { createLocalBus } from './local-bus.ts';
import { LocalQueue } from './local-queue.ts';

export interface LocalEvents {
  /** Takes announcements. */
  put: PutEntries;
  routes: EventRoutes;
  /** Begins to feed the functions, whose services have to be provided before. Returns a function that stops it. */
  start(changes: ChangeLog, logger: Logger): () => Promise<void>;
  /** Ends the open streams of announcements. */
  hangUp(): void;
}

/** Creates the bus, the queue of requests with its dead letters, and the change stream. On AWS they are services. */
export function createLocalEvents(database: Database): LocalEvents {
  const log = new EventLog(database);
  const queue = new LocalQueue({ database, operation: 'on-tenant-requested' });
  const put = createLocalBus({ database, queue, log });
  const hangUp = new AbortController();
  return {
    put,
    routes: createEventRoutes({ put, log, queue, signal: hangUp.signal }),
    start(changes, logger) {
      queue.start({ handler: onTenantRequested, logger });
      const stopFeed = startChangeFeed({ changes, handler: onTenantChanged, logger });
      return async () => {
        await Promise.all([stopFeed(), queue.stop()]);
      };
    },
    hangUp: () => hangUp.abort(),
  };
}
