import { randomUUID } from 'node:crypto';
import type { EventEntry } from '../../../src/events/entry.ts';
import type { EntryOutcome } from '../../../src/events/publisher.ts';
import { isRequestType } from '../../../src/events/read-event.ts';
import { ANNOUNCEMENT_SOURCE } from '../../../src/tenants/model/announcing.ts';
import type { DeliveredEvent, EventLog } from './event-log.ts';
import type { LocalQueue } from './local-queue.ts';

/** The account and the region of this machine, in the events that it delivers. */
const LOCAL_ACCOUNT = '000000000000';
const LOCAL_REGION = 'local';

/** The bus of this machine, with its two rules: requests go to the queue, announcements into the log. */
export class LocalBus {
  readonly #requests: Pick<LocalQueue, 'send'>;
  readonly #announcements: EventLog;

  constructor(requests: Pick<LocalQueue, 'send'>, announcements: EventLog) {
    this.#requests = requests;
    this.#announcements = announcements;
  }

  /** Returns when everything that a rule is for is kept. What no rule is for goes nowhere, as in EventBridge. */
  async put(entries: readonly EventEntry[]): Promise<EntryOutcome[]> {
    const events = entries.map(toEvent);
    const isOurs = ({ source }: DeliveredEvent) => source === ANNOUNCEMENT_SOURCE;
    const requests = events.filter((event) => !isOurs(event) && isRequestType(event['detail-type']));
    const announcements = events.filter(isOurs);
    if (requests.length > 0) await this.#requests.send(requests.map((event) => JSON.stringify(event)));
    if (announcements.length > 0) await this.#announcements.append(announcements);
    return events.map(({ id }) => ({ EventId: id }));
  }
}

function toEvent({ Source, DetailType, Detail, Time = new Date(), Resources = [] }: EventEntry): DeliveredEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: LOCAL_ACCOUNT,
    time: `${Time.toISOString().slice(0, 19)}Z`, // EventBridge knows no fractions of a second
    region: LOCAL_REGION,
    resources: Resources,
    detail: JSON.parse(Detail) as Record<string, unknown>,
  };
}
