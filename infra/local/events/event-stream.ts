import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LoggedEvent } from './event-log.ts';
import { Doorbell } from './wake-signal.ts';

export interface EventStreamOptions {
  log: EventLog;
  /** The last that the client has, as it says. */
  lastEventId?: string | undefined;
  /** Only announcements about these tenants. */
  tenants?: readonly unknown[] | undefined;
  /** Aborted when the host goes down. */
  signal: AbortSignal;
  /** Milliseconds between two signs of life. Default 15,000. */
  heartbeat?: number | undefined;
  /** Milliseconds that a client may take to read what it was sent. Default 30,000. */
  patience?: number | undefined;
}

/** How many announcements are read at a time. */
const PAGE = 100;

/** After how many milliseconds a client that lost its connection comes back. */
const RETRY = 2_000;

/**
 * Writes announcements as server-sent events, from where the client left off, until it goes or the host does. It reads them
 * from the log as fast as the client takes them, so that a slow one costs no memory; one that stops reading is dropped, and
 * can come back with the id it has.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamEvents(response: ServerResponse, options: EventStreamOptions): Promise<void> {
  const { log, lastEventId, tenants, signal, heartbeat = 15_000, patience = 30_000 } = options;
  const bell = new Doorbell();
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    bell.ring();
  };
  const silence = log.listen(() => bell.ring());
  response.once('close', end);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let place = log.placeAfter(lastEventId);
  let spoke = performance.now();

  const write = async (text: string): Promise<void> => {
    spoke = performance.now();
    if (!response.write(text) && !(await isRead(response, patience, ended.signal))) response.destroy();
  };

  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  await write(`retry: ${RETRY}\n\n`);
  while (!ended.signal.aborted) {
    const page = await log.read(place, PAGE);
    place = page.at(-1)?.place ?? place;
    const wanted = page.filter((logged) => tenants?.includes(tenantOf(logged)) ?? true);
    if (wanted.length > 0) await write(wanted.map(toMessage).join(''));
    else if (performance.now() - spoke >= heartbeat) await write(': still here\n\n');
    if (page.length < PAGE) await bell.wait(heartbeat);
  }
  silence();
  response.off('close', end);
  signal.removeEventListener('abort', end);
  response.end();
}

/** Whether the client took in time what it was sent, or has gone. */
async function isRead(response: ServerResponse, patience: number, gone: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const signal = AbortSignal.any([gone, over.signal]);
  const read = once(response, 'drain', { signal }).then(
    () => true,
    () => true,
  );
  const late = sleep(patience, false, { signal }).catch(() => true);
  try {
    return await Promise.race([read, late]);
  } finally {
    over.abort();
  }
}

/** JSON has no line ends but escaped ones, so it is one line; ids and types are Berth's own. */
function toMessage({ id, event }: LoggedEvent): string {
  return `id: ${id}\nevent: ${event['detail-type']}\ndata: ${JSON.stringify(event)}\n\n`;
}

function tenantOf({ event }: LoggedEvent): unknown {
  return (event.detail.data as { tenant_id?: unknown }).tenant_id;
}
