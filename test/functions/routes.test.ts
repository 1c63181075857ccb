import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { loadHandlers } from '../../infra/local/load-handlers.ts';
import { invoke, useServices } from './invoke.ts';

const operations = routes.map((route) => route.operation);

test('there is one file for each operation, one for what fits no route, and one for each source of events', () => {
  const files = readdirSync(new URL('../../functions/', import.meta.url)).filter((name) => name.endsWith('.ts'));
  const expected = [
    ...operations,
    'on-provider-event',
    'on-sweep',
    'on-tenant-changed',
    'on-tenant-requested',
    'routes',
    'unmatched-route',
  ].map((name) => `${name}.ts`);
  expect(files.sort()).toEqual(expected.sort());
});

test('no operation and no method of a path occurs twice', () => {
  expect(new Set(operations).size).toBe(routes.length);
  expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
});

test('the local host loads the handler of every route', async () => {
  const handlers = await loadHandlers();
  expect([...handlers.keys()].sort()).toEqual([...operations, 'unmatched-route'].sort());
});

test('every handler goes by the name of its file in the logs', async () => {
  const { lines } = await useServices();
  for (const [operation, handler] of await loadHandlers()) {
    lines.length = 0;
    await invoke(handler);
    expect(lines.at(-1)).toMatchObject({ message: 'request completed', operation });
  }
});

test('every handler knows the parameters of its route and refuses others', async () => {
  await useServices();
  const handlers = await loadHandlers();
  for (const route of routes) {
    const handler = handlers.get(route.operation);
    if (!handler) throw new Error(route.operation);
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const path = Object.fromEntries(names.map((name) => [name, 'acme']));
    const unknown = await invoke(handler, { path, query: { surprise: '1' }, body: {} });
    expect(unknown.body.errors).toEqual([expect.objectContaining({ pointer: '/query/surprise' })]);
    const known = 'query' in route ? route.query.join(', ') : 'none';
    expect(unknown.body.detail).toContain(`(known: ${known})`);
  }
});
