import { describe, expect, test } from 'vitest';
import { operations, type RoutedOperation, routes } from '../../functions/operations.ts';
import { actorOf } from '../../functions/runtime/http/caller.ts';
import type { Event } from '../../functions/runtime/http/operation.ts';
import { loadHandlers } from '../../infra/local/load-handlers.ts';
import { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { type Invocation, invoke, memorySpec, useServices } from './invoke.ts';

const handlers = await loadHandlers();
const arn = 'arn:aws:iam::111122223333:user/eve';

function handlerOf(operation: RoutedOperation) {
  const handler = handlers.get(operation);
  if (!handler) throw new Error(operation);
  return handler;
}

/** Returns an event as API Gateway writes it after an authorizer accepted the caller. */
function eventOf(authorizer: object | undefined, more: Partial<Event> = {}): Partial<Event> {
  return { requestContext: { requestId: 'r', ...(authorizer && { authorizer }) } as never, ...more };
}

const asCaller = (name: string) => ({ event: eventOf({ iam: { userArn: name } }) });

describe('the actor', () => {
  test.each([
    ['the ARN that signed', { iam: { userArn: arn } }, arn],
    ['the subject of the token', { jwt: { claims: { sub: 'eve' } } }, 'eve'],
    ['the sub of a Lambda authorizer', { lambda: { sub: 'eve' } }, 'eve'],
    ['unnamed if the authorizer names no caller', { lambda: null }, 'unnamed'],
    ['unnamed if the token has no subject', { jwt: { claims: { scope: 'all' } } }, 'unnamed'],
    ['unnamed if the subject is no text', { jwt: { claims: { sub: ['eve'] } } }, 'unnamed'],
    ['local without an authorizer', undefined, 'local'],
  ])('is %s', (_, authorizer, actor) => {
    expect(actorOf(eventOf(authorizer) as Event)).toBe(actor);
  });

  test('never comes from headers or cookies', async () => {
    const { tenants } = await useServices();
    const names = [
      'actor',
      'x-actor',
      'x-user',
      'x-forwarded-user',
      'x-amzn-iam-user-arn',
      'x-amz-user-arn',
      'authorization',
    ];
    const claims = Object.fromEntries(names.map((name) => [name, 'arn:aws:iam::1:root']));
    const headers = { 'content-type': 'application/json', ...claims };
    const event = eventOf({ iam: { userArn: arn } }, { headers, cookies: ['actor=root'] });
    await invoke(handlerOf('provision-tenant'), { body: memorySpec(), event });
    const { operation } = await tenants.get('acme');
    expect(operation.actor).toBe(arn);
  });

  test.each(['actor', 'revision', 'phase', 'requestContext', 'conditions', 'operation', 'updated_at'])(
    'is a field of Berth, like %s, that a body may not set',
    async (field) => {
      await useServices();
      expect(Object.keys(TenantComputeSpec.shape)).not.toContain(field);
      for (const operation of ['provision-tenant', 'update-tenant'] as const) {
        const path = operation === 'update-tenant' ? { path: { tenant_id: 'acme' } } : {};
        const { status, body } = await invoke(handlerOf(operation), { body: memorySpec({ [field]: 'root' }), ...path });
        expect([status, body.errors]).toEqual([422, [expect.objectContaining({ pointer: `/${field}` })]]);
      }
    },
  );
});

describe('a caller', () => {
  test('shares no idempotency key with another caller', async () => {
    await useServices();
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'the-same' };
    const provision = (name: string, tenant_id: string) =>
      invoke(handlerOf('provision-tenant'), {
        body: memorySpec({ tenant_id }),
        event: { ...asCaller(name).event, headers },
      });
    expect(await provision(arn, 'acme')).toMatchObject({ status: 201 });
    expect(await provision('another-caller', 'globex')).toMatchObject({ status: 201 });
    expect(await provision(arn, 'globex')).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  test('cannot use the cursor of another caller', async () => {
    const { tenants } = await useServices();
    for (const tenant_id of ['a', 'b']) await tenants.provision(memorySpec({ tenant_id }), { actor: arn });
    const list = (name: string, query: Record<string, string>) =>
      invoke(handlerOf('list-tenants'), { query, ...asCaller(name) });
    const { body } = await list(arn, { limit: '1' });
    const query = { limit: '1', cursor: body.next_cursor };
    expect(await list(arn, query)).toMatchObject({ status: 200, body: { tenants: [{ tenant_id: 'b' }] } });
    expect(await list('another-caller', query)).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
  });

  test('shares cursors with the other sessions of its role', async () => {
    const { tenants } = await useServices();
    for (const tenant_id of ['a', 'b']) await tenants.provision(memorySpec({ tenant_id }), { actor: arn });
    const role = (name: string) => `arn:aws:sts::111122223333:assumed-role/${name}`;
    const list = (name: string, query: Record<string, string>) =>
      invoke(handlerOf('list-tenants'), { query, ...asCaller(name) });
    const { body } = await list(role('reader/session-1'), { limit: '1' });
    const query = { limit: '1', cursor: body.next_cursor };
    expect(await list(role('reader/session-2'), query)).toMatchObject({ body: { tenants: [{ tenant_id: 'b' }] } });
    expect(await list(role('writer/session-1'), query)).toMatchObject({ status: 422 });
  });
});

describe.each(routes.map(({ operation }) => operation))('%s', (operation) => {
  const { headers: taken = [] } = operations[operation] as { headers?: readonly string[] };
  const needed: Partial<Record<RoutedOperation, Invocation>> = {
    'rollback-tenant': { body: { revision: 1 } },
    'get-operation': { path: { operation_id: 'acme.000000000000.1' } },
    'steer-operation': { path: { operation_id: 'acme.000000000000.1', action: 'cancel' } },
    'get-provider': { path: { name: 'memory' } },
    'adopt-orphan': { path: { provider: 'memory', tenant_id: 'acme' } },
    'remove-orphan': { path: { provider: 'memory', tenant_id: 'acme' } },
  };
  const { path = '', method = 'GET' } = routes.find((route) => route.operation === operation) ?? {};
  const ask = (headers: Record<string, string>) =>
    invoke(handlerOf(operation), {
      ...(path.includes('{tenant_id}') && { path: { tenant_id: 'acme' } }),
      ...((method === 'POST' || method === 'PUT') && { body: memorySpec() }),
      ...needed[operation],
      headers,
    });

  const junk: [header: string, value: string][] = [
    ...['', ' ', 'a b', 'k'.repeat(256), '""', 'é', '🚢', 'a, b'].map((value): [string, string] => [
      'Idempotency-Key',
      value,
    ]),
    ...['', 'junk', '"1", "2"', '-1', '1e3', '"1', "'1'", '9'.repeat(40), '"a"b"'].map((value): [string, string] => [
      'If-Match',
      value,
    ]),
  ];

  test('refuses malformed values of the headers that it takes, and ignores the others', async () => {
    await useServices();
    const plain = await ask({});
    for (const [header, value] of junk) {
      await useServices();
      const { status, body } = await ask({ [header.toLowerCase()]: value });
      const pointer = `/headers/${header.toLowerCase()}`;
      if (taken.includes(header))
        expect([header, value, status, body.errors]).toMatchObject([header, value, 422, [{ pointer }]]);
      else expect([header, value, status]).toEqual([header, value, plain.status]);
    }
    if (!taken.includes('If-Match')) expect((await ask({ 'if-match': 'W/"1"' })).status).toBe(plain.status);
  });
});
