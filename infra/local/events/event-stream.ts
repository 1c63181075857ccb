import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WakeSignal } from '../wake-signal.ts';
import type { EventLog, LoggedEvent } from './event-log.ts';

export interface EventStreamOptions {
  log: EventLog;
  /** The last announcement that the client has received, as it says. */
  lastEventId?: string | undefined;
  /** Only announcements about these tenants. */
  tenants?: readonly unknown[] | undefined;
  /** Aborted when the host stops. */
  signal: AbortSignal;
  /** Milliseconds after which an idle stream sends a comment. Default 15,000. */
  heartbeat?: number | undefined;
  /** Milliseconds that a client may take to read what was sent. Default 30,000. */
  patience?: number | undefined;
}

/** How many announcements are read at a time. */
const PAGE = 100;

/** Tells the client after how many milliseconds to reconnect. */
const RETRY = 2_000;

/**
 * Writes announcements as server-sent events, from where the client left off, until the client leaves or the host stops. It
 * reads the log as fast as the client reads the stream, so a slow client costs no memory. A client that stops reading is
 * disconnected, and can resume with the last id that it has.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamEvents(response: ServerResponse, options: EventStreamOptions): Promise<void> {
  const { log, lastEventId, tenants, signal, heartbeat = 15_000, patience = 30_000 } = options;
  const appended = new WakeSignal();
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    appended.notify();
  };
  const unlisten = log.listen(() => appended.notify());
  response.once('close', end);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let place = log.placeAfter(lastEventId);
  let lastWrite = performance.now();

  const write = async (text: string): Promise<void> => {
    lastWrite = performance.now();
    if (!response.write(text) && !(await isRead(response, patience, ended.signal))) response.destroy();
  };

  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  await write(`retry: ${RETRY}\n\n`);
  while (!ended.signal.aborted) {
    const page = log.read(place, PAGE);
    place = page.at(-1)?.place ?? place;
    const matching = page.filter((logged) => tenants?.includes(tenantOf(logged)) ?? true);
    if (matching.length > 0) await write(matching.map(toMessage).join(''));
    else if (performance.now() - lastWrite >= heartbeat) await write(': still here\n\n');
    if (page.length < PAGE) await appended.wait(heartbeat);
  }
  unlisten();
  response.off('close', end);
  signal.removeEventListener('abort', end);
  response.end();
}

/** Returns false if the client has not read the stream within `patience`; true if it has, or has disconnected. */
async function isRead(response: ServerResponse, patience: number, disconnected: AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const signal = AbortSignal.any([disconnected, done.signal]);
  const read = once(response, 'drain', { signal }).then(
    () => true,
    () => true,
  );
  const late = sleep(patience, false, { signal }).catch(() => true);
  try {
    return await Promise.race([read, late]);
  } finally {
    done.abort();
  }
}

/** `JSON.stringify` escapes line ends, so the data is one line. Ids and types are Berth's own. */
function toMessage({ id, event }: LoggedEvent): string {
  return `id: ${id}\nevent: ${event['detail-type']}\ndata: ${JSON.stringify(event)}\n\n`;
}

function tenantOf({ event }: LoggedEvent): unknown {
  return (event.detail.data as { tenant_id?: unknown }).tenant_id;
}
