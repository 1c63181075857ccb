import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { onTestFinished } from 'vitest';
import type { DeliveredEvent } from '../../../../infra/local/events/event-log.ts';

/** Returns an EventBridge client whose endpoint is the local host. */
export function eventBridge(url: string): EventBridgeClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new EventBridgeClient({ endpoint: url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

/** Puts requests of one type on the bus, one for each `data`. Returns their ids. */
export async function request(url: string, type: string, ...data: readonly unknown[]): Promise<string[]> {
  const Entries = data.map((each) => ({
    Source: 'test',
    DetailType: `Tenant ${type} Requested`,
    Detail: JSON.stringify({ data: each }),
  }));
  const { Entries: results = [] } = await eventBridge(url).send(new PutEventsCommand({ Entries }));
  return results.map(({ EventId = '' }) => EventId);
}

export interface Subscription {
  /** Waits for the next announcement. */
  next(): Promise<{ id: string; type: string; event: DeliveredEvent }>;
  /** Returns when the host has ended the stream. */
  ended(): Promise<void>;
  leave(): void;
}

/** Subscribes to announcements until the test ends. */
export async function subscribe(
  url: string,
  { query = '', lastEventId }: { query?: string; lastEventId?: string } = {},
): Promise<Subscription> {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await fetch(`${url}/v1/events${query}`, { headers, signal: leaving.signal });
  if (!response.ok || !response.body) throw new Error(`the stream returned ${response.status}`);
  const stream = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = stream.getReader();
  return {
    async next() {
      const { value } = await reader.read();
      if (!value) throw new Error('the stream has ended');
      return { id: value.id ?? '', type: value.event ?? '', event: JSON.parse(value.data) };
    },
    async ended() {
      while (!(await reader.read()).done);
    },
    leave: () => leaving.abort(),
  };
}
