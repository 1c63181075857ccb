import type { TenantComputeSpec } from '../../../src/index.ts';
import { CommandError } from '../command-line.ts';
import type { DeliveredEvent } from '../events/event-log.ts';
import { type DemoClient, untilAccepted } from './demo-tenants.ts';

interface Announced {
  metadata: { request_id?: string; operation_id?: string };
  data: { error?: { message: string; hint: string } };
}

/** How long the announcement of a tenant may take. */
const PATIENCE_MS = 90_000;

/** Selects the tenants that the demo provisions by event: those without ports, which no caller waits for. */
export function isForEvents({ containers }: TenantComputeSpec): boolean {
  return containers.every(({ ports = [] }) => ports.length === 0);
}

/**
 * Provisions a tenant as another system would: puts an event on the bus with the AWS SDK, and waits for the announcement of
 * the outcome. Returns the path of the operation. Throws `CommandError` if it failed. Aborted, it still waits until the
 * request is recorded, because the host could otherwise serve it after the destroy that cleans up.
 */
export async function provisionByEvent(spec: TenantComputeSpec, client: DemoClient): Promise<string> {
  const signal = AbortSignal.any([client.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const announcements = await listen(`${client.url}/v1/events?tenant=${spec.tenant_id}`, signal);
  const id = await put(spec, client);
  client.print(`  ${spec.tenant_id}: requested by event ${id}`);
  const event = await outcomeOf(id, announcements).catch(async (error: unknown) => {
    await untilAccepted(spec, client);
    throw error;
  });
  if (!event) throw new CommandError(`The host stopped before it announced ${spec.tenant_id}.`);
  const { metadata, data } = event.detail as unknown as Announced;
  client.print(`  ${spec.tenant_id}: "${event['detail-type']}" was announced`);
  if (data.error) throw new CommandError(`${data.error.message}\n${data.error.hint}`);
  return `/v1/operations/${metadata.operation_id}`;
}

/** Returns the announcement of a request's outcome; undefined if the stream ends before it. */
async function outcomeOf(
  id: string,
  announcements: AsyncIterable<DeliveredEvent>,
): Promise<DeliveredEvent | undefined> {
  for await (const event of announcements) {
    if ((event.detail as unknown as Announced).metadata.request_id === id) return event;
  }
  return undefined;
}

/** Puts the request on the bus. Returns the id of the event. */
async function put(data: TenantComputeSpec, { url }: DemoClient): Promise<string> {
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new EventBridgeClient({ endpoint: url, region: 'local', credentials });
  const Detail = JSON.stringify({ metadata: { actor: 'demo' }, data });
  const entry = { Source: 'demo', DetailType: 'Tenant Provision Requested', Detail };
  try {
    const { Entries: [answer] = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    if (!answer?.EventId) throw new CommandError(`The bus refused the event: ${answer?.ErrorMessage}`);
    return answer.EventId;
  } finally {
    client.destroy();
  }
}

/** Subscribes to the announcements from now on. */
async function listen(url: string, signal: AbortSignal): Promise<AsyncIterable<DeliveredEvent>> {
  const { EventSourceParserStream } = await import('eventsource-parser/stream');
  const { body } = await fetch(url, { signal });
  if (!body) throw new CommandError(`${url} returned no body.`);
  const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  return map(messages, ({ data }) => JSON.parse(data) as DeliveredEvent);
}

async function* map<From, To>(from: AsyncIterable<From>, change: (each: From) => To): AsyncGenerator<To> {
  for await (const each of from) yield change(each);
}
