import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { openMemoryDatabase } from '../../../../infra/local/database/open-database.ts';
import { type DeliveredEvent, EventLog } from '../../../../infra/local/events/event-log.ts';
import { streamEvents } from '../../../../infra/local/events/event-stream.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { send, startTestServer, temporaryDirectory } from '../fixture.ts';
import { subscribe } from './events.ts';

function announcement(number: number, tenant_id = 'acme'): DeliveredEvent {
  return {
    version: '0',
    id: `id-${number}`,
    'detail-type': 'Tenant Provisioned',
    source: 'berth',
    account: '000000000000',
    time: '2026-11-25T12:00:00Z',
    region: 'local',
    resources: [],
    detail: { metadata: { event_id: `event-${number}` }, data: { tenant_id, note: 'two\nlines' } },
  };
}

async function openLog(limit?: number) {
  const database = await openMemoryDatabase();
  onTestFinished(() => database.close());
  return new EventLog(database, limit === undefined ? {} : { limit });
}

/** A client whose socket accepts writes, or reports that its buffer is full. */
function createClient(accepts = true) {
  const written: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    writeHead: () => undefined,
    write: (text: string) => written.push(text) > 0 && accepts,
    end: () => response.emit('close'),
    destroyed: false,
    destroy() {
      response.destroyed = true;
      response.emit('close');
    },
  });
  return { response: response as unknown as ServerResponse & { destroyed: boolean }, written };
}

test('a client resumes where it left off, and a client that names tenants receives no other announcements', async () => {
  const { url } = await startTestServer();
  for (const tenant_id of ['a', 'b', 'c']) await send(url, 'POST', '/v1/tenants', { body: memorySpec({ tenant_id }) });
  const all = await subscribe(url, { lastEventId: '0' });
  const [first, second, third] = [await all.next(), await all.next(), await all.next()];
  expect([first, second, third].map(({ event }) => (event.detail.data as { tenant_id: string }).tenant_id)).toEqual([
    'a',
    'b',
    'c',
  ]);
  all.leave();
  const back = await subscribe(url, { lastEventId: first.id });
  expect([await back.next(), await back.next()]).toEqual([second, third]);
  const one = await subscribe(url, { lastEventId: '0', query: '?tenant=b' });
  expect(await one.next()).toEqual(second);
  const two = await subscribe(url, { lastEventId: '0', query: '?tenant=c&tenant=b' });
  expect([await two.next(), await two.next()]).toEqual([second, third]);
  const fresh = await subscribe(url);
  await send(url, 'DELETE', '/v1/tenants/b');
  const gone = await one.next();
  expect(gone).toMatchObject({ type: 'Tenant Destroyed' });
  expect(await fresh.next()).toEqual(gone);
  expect(await back.next()).toEqual(gone);
});

test('the log outlives the host, and the host ends its streams when it stops', async () => {
  const dataDir = temporaryDirectory();
  const before = await startTestServer({ dataDir });
  const listening = await subscribe(before.url);
  await send(before.url, 'POST', '/v1/tenants', { body: memorySpec() });
  const told = await listening.next();
  const ended = listening.ended();
  await before.close();
  await ended;
  const after = await startTestServer({ dataDir });
  const again = await subscribe(after.url, { lastEventId: 'unknown' });
  expect(await again.next()).toEqual(told);
});

test('wrong parameters and methods are refused', async () => {
  const { url } = await startTestServer();
  expect(await send(url, 'GET', '/v1/events?tenant=Acme')).toMatchObject({ status: 422 });
  expect(await send(url, 'GET', '/v1/events?tenant=acme&tenant=Globex')).toMatchObject({ status: 422 });
  expect(await send(url, 'GET', '/v1/events?tenants=acme')).toMatchObject({ status: 422 });
  expect(await send(url, 'POST', '/v1/events')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  expect(await send(url, 'GET', '/v1/dead-letters/redrive')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
});

test('the log has each announcement once, in order, and removes the oldest', async () => {
  const log = await openLog(3);
  const ids = () => log.read(0, 10).map(({ id }) => id);
  log.append([announcement(1), announcement(2)]);
  log.append([announcement(2), announcement(3)]);
  expect(ids()).toEqual(['event-1', 'event-2', 'event-3']);
  log.append([announcement(1), announcement(4)]);
  expect(ids()).toEqual(['event-2', 'event-3', 'event-4']);
  expect(log.placeAfter('event-3')).toBe(log.read(0, 2)[1]?.place);
  expect(log.placeAfter('event-1')).toBe(0);
  expect(log.read(log.placeAfter(undefined), 10)).toEqual([]);
});

test('each announcement is one line of data, and an idle stream sends comments', async () => {
  const log = await openLog();
  log.append([announcement(1)]);
  const { response, written } = createClient();
  const host = new AbortController();
  const streaming = streamEvents(response, { log, lastEventId: '0', signal: host.signal, heartbeat: 5 });
  await expect.poll(() => written).toContain(': still here\n\n');
  host.abort();
  await streaming;
  expect(written[0]).toBe('retry: 2000\n\n');
  expect(written[1]).toBe(`id: event-1\nevent: Tenant Provisioned\ndata: ${JSON.stringify(announcement(1))}\n\n`);
});

test('a client that does not read is disconnected', async () => {
  const log = await openLog();
  const { response } = createClient(false);
  await streamEvents(response, { log, signal: new AbortController().signal, patience: 5 });
  expect(response.destroyed).toBe(true);
});

test('a slow client receives everything, a page at a time', async () => {
  const log = await openLog();
  log.append(Array.from({ length: 250 }, (_, number) => announcement(number)));
  const { response, written } = createClient(false);
  const host = new AbortController();
  const streaming = streamEvents(response, { log, lastEventId: '0', signal: host.signal });
  const read = () => {
    response.emit('drain');
    return written.join('').match(/^id: /gm)?.length;
  };
  await expect.poll(read).toBe(250);
  expect(written.length).toBe(4); // the head, and three pages
  host.abort();
  await streaming;
});
