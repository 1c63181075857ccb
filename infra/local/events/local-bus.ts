import { randomUUID } from 'node:crypto';
import type { EventEntry } from '../../../src/events/entry.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import { isRequestType } from '../../../src/events/read-event.ts';
import { ANNOUNCEMENT_SOURCE } from '../../../src/tenants/model/announcing.ts';
import type { Database } from '../database/database.ts';
import type { DeliveredEvent, EventLog } from './event-log.ts';
import type { LocalQueue } from './local-queue.ts';

/** The account and the region in the events of this machine. */
const LOCAL_ACCOUNT = '000000000000';
const LOCAL_REGION = 'local';

export interface LocalBusOptions {
  database: Database;
  queue: Pick<LocalQueue, 'send'>;
  log: EventLog;
}

/**
 * Creates the bus of this machine, with its two rules: requests go to the queue, announcements into the log. A call stores
 * every event that matches a rule, in one transaction. As in EventBridge, the others are dropped.
 */
export function createLocalBus({ database, queue, log }: LocalBusOptions): PutEntries {
  return async (entries) => {
    const events = entries.map(toEvent);
    const isAnnouncement = ({ source }: DeliveredEvent) => source === ANNOUNCEMENT_SOURCE;
    const announcements = events.filter(isAnnouncement);
    const requests = events.filter((event) => !isAnnouncement(event) && isRequestType(event['detail-type']));
    database.transaction(() => {
      if (requests.length > 0) queue.send(requests.map((event) => JSON.stringify(event)));
      if (announcements.length > 0) log.append(announcements);
    });
    return events.map(({ id }) => ({ EventId: id }));
  };
}

function toEvent({ Source, DetailType, Detail, Time = new Date(), Resources = [] }: EventEntry): DeliveredEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: LOCAL_ACCOUNT,
    time: `${Time.toISOString().slice(0, 19)}Z`, // EventBridge has no fractions of a second
    region: LOCAL_REGION,
    resources: Resources,
    detail: JSON.parse(Detail) as Record<string, unknown>,
  };
}
