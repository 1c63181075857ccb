import { randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { openLoopback } from './loopback.ts';

/** An entry of `PutEvents`. */
export interface BusEntry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
}

/** Starts an EventBridge that accepts every entry: `PutEvents` of AWS JSON 1.1. */
export async function openFakeBus() {
  const entries: BusEntry[] = [];
  const loopback = await openLoopback(async (request, response) => {
    const { Entries } = (await json(request)) as { Entries: BusEntry[] };
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return void response.writeHead(400).end();
    entries.push(...Entries);
    const answer = { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  return { ...loopback, entries };
}
