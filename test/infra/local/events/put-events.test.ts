import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { memorySpec } from '../../../functions/invoke.ts';
import { send, startTestServer } from '../fixture.ts';
import { eventBridge, request, subscribe } from './events.ts';

const entry = { Source: 'crm', DetailType: 'Tenant Provision Requested', Detail: '{}' };

/** Sends a call without a client. */
function call(url: string, body: unknown, headers: Record<string, string> = {}) {
  const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
  return send(url, 'POST', '/', { body, headers: { ...json, ...headers }, foreign: true });
}

describe('the local host as EventBridge', () => {
  test('accepts requests from the AWS SDK, serves them, and announces their outcome', async () => {
    const { url } = await startTestServer();
    const announcements = await subscribe(url);
    const [id] = await request(url, 'Provision', memorySpec());
    const { id: eventId, type, event } = await announcements.next();
    expect(type).toBe('Tenant Provisioned');
    expect(event).toMatchObject({
      version: '0',
      'detail-type': type,
      source: 'berth',
      account: '000000000000',
      detail: { metadata: { event_id: eventId, request_id: id }, data: { tenant_id: 'acme', revision: 1 } },
    });
    await request(url, 'Destroy', { tenant_id: 'acme' });
    expect(await announcements.next()).toMatchObject({ type: 'Tenant Destroyed' });
  });

  test('announces the outcome of requests by HTTP, too', async () => {
    const { url } = await startTestServer();
    const announcements = await subscribe(url);
    const { headers } = await send(url, 'POST', '/v1/tenants', { body: memorySpec() });
    const { event } = await announcements.next();
    expect(event.detail.metadata).toMatchObject({ actor: 'local', request_id: headers['x-request-id'] });
  });

  test('returns a result for each entry in order, and accepts the valid ones', async () => {
    const { url } = await startTestServer();
    const announcements = await subscribe(url);
    const Entries = [
      { ...entry, Source: '' },
      { ...entry, DetailType: undefined },
      { ...entry, Detail: undefined },
      { ...entry, Detail: '{' },
      { ...entry, Detail: '[]' },
      { ...entry, Detail: `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
      { ...entry, Source: 'berth' },
      { ...entry, Source: 'aws.ecs' },
      { ...entry, DetailType: 'Order Placed' },
      {
        ...entry,
        Detail: JSON.stringify({ data: memorySpec() }),
        Time: new Date(),
        Resources: ['a'],
        EventBusName: 'b',
      },
    ];
    const result = await eventBridge(url).send(new PutEventsCommand({ Entries }));
    expect(result.FailedEntryCount).toBe(8);
    expect(result.Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'InvalidArgument',
      'InvalidArgument',
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'NotAuthorizedForSourceException',
      'string',
      'string',
    ]);
    expect(result.Entries?.[1]?.ErrorMessage).toContain('DetailType is a required argument');
    const { event } = await announcements.next();
    expect(event.detail.metadata).toMatchObject({ request_id: result.Entries?.[9]?.EventId });
  });

  test.each([
    ['no entries', { Entries: [] }, 'ValidationException'],
    ['eleven entries', { Entries: Array(11).fill(entry) }, 'ValidationException'],
    [
      'more than 256 KB in all',
      { Entries: Array(10).fill({ ...entry, Detail: `"${'x'.repeat(27_000)}"` }) },
      'ValidationException',
    ],
    ['another shape', { Records: [] }, 'SerializationException'],
    ['a malformed time', { Entries: [{ ...entry, Time: 'today' }] }, 'SerializationException'],
    ['malformed JSON', '{', 'SerializationException'],
    ['a value that is no object', 'null', 'SerializationException'],
  ])('refuses the whole call with %s', async (_title, body, type) => {
    const { url } = await startTestServer();
    const { status, headers, body: answer } = await call(url, body);
    expect({ status, type: answer.__type }).toEqual({ status: 400, type });
    expect(headers['content-type']).toBe('application/x-amz-json-1.1');
    expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('refuses other operations of EventBridge, and other requests to its root', async () => {
    const { url } = await startTestServer();
    const other = await call(url, {}, { 'x-amz-target': 'AWSEvents.ListRules' });
    expect(other).toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } });
    expect(await send(url, 'POST', '/', { body: {} })).toMatchObject({ status: 404 });
    expect(await send(url, 'PUT', '/', { body: {} })).toMatchObject({ status: 404 });
  });

  test('refuses web pages', async () => {
    const { url } = await startTestServer();
    const body = { Entries: [entry] };
    expect(await call(url, body, { origin: 'https://example.com' })).toMatchObject({ status: 403 });
    expect(await call(url, body, { host: 'example.com' })).toMatchObject({ status: 421 });
    const stream = await send(url, 'GET', '/v1/events', { headers: { origin: 'https://example.com' } });
    expect(stream.status).toBe(403);
  });
});
