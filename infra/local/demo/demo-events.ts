import type { TenantComputeSpec } from '../../../src/client/index.ts';
import { CommandError } from '../command-line.ts';
import { type Demo, untilAccepted } from './demo-tenants.ts';

/** How long the announcement of a tenant may take. */
const PATIENCE_MS = 90_000;

/** Selects the tenants that the demo provisions by event: those without ports, which no caller waits for. */
export function isForEvents({ containers }: TenantComputeSpec): boolean {
  return containers.every(({ ports = [] }) => ports.length === 0);
}

/**
 * Provisions a tenant as another system would: puts an event on the bus with the AWS SDK, and waits for the announcement of
 * the outcome. Returns the id of the operation. Throws `CommandError` if it failed. Aborted, it still waits until the
 * request is recorded, because the host could otherwise serve it after the destroy that cleans up.
 */
export async function provisionByEvent(spec: TenantComputeSpec, demo: Demo): Promise<string> {
  const { tenant_id } = spec;
  const id = await put(spec, demo);
  demo.print(`  ${tenant_id}: requested by event ${id}`);
  const event = await outcomeOf(id, spec, demo);
  if (!event) {
    await untilAccepted(spec, demo);
    throw new CommandError(`The outcome for ${tenant_id} was not announced within ${PATIENCE_MS / 1000} s.`);
  }
  const { metadata, data } = event.detail;
  demo.print(`  ${tenant_id}: "${event['detail-type']}" was announced`);
  if ('error' in data) throw new CommandError(`${data.error.message}\n${data.error.hint}`);
  return metadata.operation_id ?? '';
}

/** Returns the announcement of a request's outcome; undefined after the timeout or the abort. */
async function outcomeOf(id: string, { tenant_id: tenant }: TenantComputeSpec, { client, signal }: Demo) {
  const either = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  // An unknown id selects the whole log: the announcement may precede the subscription.
  const announcements = client.events({ tenant, lastEventId: '0', signal: either });
  for await (const event of announcements) if (event.detail.metadata.request_id === id) return event;
  return undefined;
}

/** Puts the request on the bus. Returns the id of the event. */
async function put(data: TenantComputeSpec, { client: { endpoint }, token = 'local' }: Demo): Promise<string> {
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const credentials = { accessKeyId: token, secretAccessKey: 'local' };
  const client = new EventBridgeClient({ endpoint, region: 'local', credentials });
  const Detail = JSON.stringify({ metadata: { actor: 'demo' }, data });
  const entry = { Source: 'demo', DetailType: 'Tenant Provision Requested', Detail };
  try {
    const { Entries: [result] = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    if (!result?.EventId) throw new CommandError(`The bus refused the event: ${result?.ErrorMessage}`);
    return result.EventId;
  } finally {
    client.destroy();
  }
}
