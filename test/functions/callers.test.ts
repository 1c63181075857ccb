import { describe, expect, test } from 'vitest';
import { operations, type RoutedOperation, routes } from '../../functions/operations.ts';
import { actorOf } from '../../functions/runtime/http/caller.ts';
import type { Event } from '../../functions/runtime/middleware.ts';
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

/** An event that API Gateway made after an authorizer let somebody in. */
function eventOf(authorizer: object | undefined, more: Partial<Event> = {}): Partial<Event> {
  return { requestContext: { requestId: 'r', ...(authorizer && { authorizer }) } as never, ...more };
}

const asCaller = (name: string) => ({ event: eventOf({ iam: { userArn: name } }) });

describe('who is on record', () => {
  test.each([
    ['who signed', { iam: { userArn: arn } }, arn],
    ['whose token it is', { jwt: { claims: { sub: 'eve' } } }, 'eve'],
    ['whom an authorizer of your own names', { lambda: { sub: 'eve' } }, 'eve'],
    ['nobody, where it names none', { lambda: null }, 'unnamed'],
    ['nobody, where a token has no subject', { jwt: { claims: { scope: 'all' } } }, 'unnamed'],
    ['nobody, where the subject is no text', { jwt: { claims: { sub: ['eve'] } } }, 'unnamed'],
    ['the user of this machine, where there is no authorizer', undefined, 'local'],
  ])('is %s', (_, authorizer, actor) => {
    expect(actorOf(eventOf(authorizer) as Event)).toBe(actor);
  });

  test('is not who the headers, the query or a cookie say', async () => {
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
    'and what else is Berth’s own, such as %s, is refused in a body',
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

describe('what belongs to a caller', () => {
  test('is the idempotency key: another may use the same for something else', async () => {
    await useServices();
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'the-same' };
    const provision = (name: string, tenant_id: string) =>
      invoke(handlerOf('provision-tenant'), {
        body: memorySpec({ tenant_id }),
        event: { ...asCaller(name).event, headers },
      });
    expect(await provision(arn, 'acme')).toMatchObject({ status: 201 });
    expect(await provision('somebody else', 'globex')).toMatchObject({ status: 201 });
    expect(await provision(arn, 'globex')).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  test('is the cursor: with that of another the list begins nowhere', async () => {
    const { tenants } = await useServices();
    for (const tenant_id of ['a', 'b']) await tenants.provision(memorySpec({ tenant_id }), { actor: arn });
    const list = (name: string, query: Record<string, string>) =>
      invoke(handlerOf('list-tenants'), { query, ...asCaller(name) });
    const { body } = await list(arn, { limit: '1' });
    const query = { limit: '1', cursor: body.next_cursor };
    expect(await list(arn, query)).toMatchObject({ status: 200, body: { tenants: [{ tenant_id: 'b' }] } });
    expect(await list('somebody else', query)).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
  });
});

describe.each(routes.map(({ operation }) => operation))('%s', (operation) => {
  const { headers: taken = [] } = operations[operation] as { headers?: readonly string[] };
  const needed: Partial<Record<RoutedOperation, Invocation>> = {
    'rollback-tenant': { body: { revision: 1 } },
    'get-operation': { path: { operation_id: 'acme.000000000000.1' } },
    'get-provider': { path: { name: 'memory' } },
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

  test('refuses junk in the headers that it takes, and nothing because of those that it does not', async () => {
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
