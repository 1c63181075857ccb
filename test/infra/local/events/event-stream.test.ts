import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { type DeliveredEvent, EventLog } from '../../../../infra/local/events/event-log.ts';
import { EventStore } from '../../../../infra/local/events/event-store.ts';
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
  const store = await EventStore.open(temporaryDirectory());
  onTestFinished(() => store.close());
  return { store, log: await EventLog.open(store, limit === undefined ? {} : { limit }) };
}

/** A client that takes what it is written until it is told not to. */
function createClient(takes = true) {
  const written: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    writeHead: () => undefined,
    write: (text: string) => written.push(text) > 0 && takes,
    end: () => response.emit('close'),
    destroyed: false,
    destroy() {
      response.destroyed = true;
      response.emit('close');
    },
  });
  return { response: response as unknown as ServerResponse & { destroyed: boolean }, written };
}

test('a client that comes back goes on where it left off, and one that is told of some tenants hears of no other', async () => {
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

test('the log outlives the host, and the end of the host ends the streams', async () => {
  const dataDir = temporaryDirectory();
  const before = await startTestServer({ dataDir });
  const listening = await subscribe(before.url);
  await send(before.url, 'POST', '/v1/tenants', { body: memorySpec() });
  const told = await listening.next();
  const ended = listening.ended();
  await before.close();
  await ended;
  const after = await startTestServer({ dataDir });
  const again = await subscribe(after.url, { lastEventId: 'long forgotten' });
  expect(await again.next()).toEqual(told);
});

test('what is asked for wrongly is refused', async () => {
  const { url } = await startTestServer();
  expect(await send(url, 'GET', '/v1/events?tenant=Acme')).toMatchObject({ status: 422 });
  expect(await send(url, 'GET', '/v1/events?tenant=acme&tenant=Globex')).toMatchObject({ status: 422 });
  expect(await send(url, 'GET', '/v1/events?tenants=acme')).toMatchObject({ status: 422 });
  expect(await send(url, 'POST', '/v1/events')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  expect(await send(url, 'GET', '/v1/dead-letters/redrive')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
});

test('the log has each announcement once, in order, and forgets the oldest', async () => {
  const { store, log } = await openLog(3);
  await Promise.all([log.append([announcement(1), announcement(2)]), log.append([announcement(2), announcement(3)])]);
  await log.append([announcement(1), announcement(4)]);
  const idsOf = async (from: EventLog) => (await from.read('', 10)).map(({ id }) => id);
  expect(await idsOf(log)).toEqual(['event-2', 'event-3', 'event-4']);
  const reopened = await EventLog.open(store, { limit: 3 });
  await reopened.append([announcement(4), announcement(5)]);
  expect(await idsOf(reopened)).toEqual(['event-3', 'event-4', 'event-5']);
});

test('one line of data for each announcement, and a sign of life where there is none', async () => {
  const { log } = await openLog();
  await log.append([announcement(1)]);
  const { response, written } = createClient();
  const host = new AbortController();
  const streaming = streamEvents(response, { log, lastEventId: '0', signal: host.signal, heartbeat: 5 });
  await expect.poll(() => written).toContain(': still here\n\n');
  host.abort();
  await streaming;
  expect(written[0]).toBe('retry: 2000\n\n');
  expect(written[1]).toBe(`id: event-1\nevent: Tenant Provisioned\ndata: ${JSON.stringify(announcement(1))}\n\n`);
});

test('a client that does not read is dropped', async () => {
  const { log } = await openLog();
  const { response } = createClient(false);
  await streamEvents(response, { log, signal: new AbortController().signal, patience: 5 });
  expect(response.destroyed).toBe(true);
});

test('a client that reads slowly gets everything, a page at a time', async () => {
  const { log } = await openLog();
  await log.append(Array.from({ length: 250 }, (_, number) => announcement(number)));
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
