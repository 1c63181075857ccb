import { readdirSync, readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { budgets } from '../../bench/budget.ts';
import { queryOf } from '../../functions/openapi/operation-object.ts';
import type { RoutedRow } from '../../functions/operations/row.ts';
import { operationNames, operations, routes } from '../../functions/operations.ts';
import { loadHandlers } from '../../infra/local/load-handlers.ts';
import { synthesizeApp } from '../infra/synthesized.ts';
import { invoke, useServices } from './invoke.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const root = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** Returns the operations that a table of a page has rows for. */
function rowsIn(page: string, mark: string): string[] {
  const [, table = ''] = read(page).split(new RegExp(`<!-- /?${mark} -->`));
  return [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name).sort();
}

// Adding an operation takes one row and one file. Every other place derives from the row.
test('each row is one file, one function, one budget and one row of the docs', () => {
  const files = readdirSync(new URL('functions/', root)).filter((name) => name.endsWith('.ts'));
  const names = files.map((name) => name.slice(0, -'.ts'.length)).filter((name) => name !== 'operations');
  expect(names.sort()).toEqual(operationNames);
  expect([...synthesizeApp().functions.keys()].sort()).toEqual(operationNames);
  expect(Object.keys(budgets).sort()).toEqual(operationNames);
  expect(rowsIn('docs/security.md', 'roles')).toEqual(operationNames);
  expect(rowsIn('docs/api.md', 'operations')).toEqual(routes.map(({ operation }) => operation).sort());
});

test('a row without one of its fields does not compile', () => {
  const { table, ...incomplete } = operations['get-tenant'];
  // @ts-expect-error: the table access is missing.
  const row: RoutedRow = incomplete;
  expect(row).not.toHaveProperty('table', table);
  const { scope, ...unprotected } = operations['get-tenant'];
  // @ts-expect-error: the scope is missing.
  const another: RoutedRow = unprotected;
  expect(another).not.toHaveProperty('scope', scope);
});

test('no method of a path occurs twice', () => {
  expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
});

test('the local host loads the handler of every route', async () => {
  const handlers = await loadHandlers();
  expect([...handlers.keys()].sort()).toEqual([...routes.map(({ operation }) => operation), 'unmatched-route'].sort());
});

test('every handler logs under the name of its file', async () => {
  const { lines } = await useServices();
  for (const [operation, handler] of await loadHandlers()) {
    lines.length = 0;
    await invoke(handler);
    expect(lines.at(-1)).toMatchObject({ message: 'request completed', operation });
  }
});

test('every handler accepts the query parameters of its row and refuses others', async () => {
  await useServices();
  const handlers = await loadHandlers();
  for (const { operation, path } of routes) {
    const handler = handlers.get(operation);
    if (!handler) throw new Error(operation);
    const parameters = Object.fromEntries([...path.matchAll(/(?<=\{)\w+/g)].map(([name]) => [name, 'acme']));
    const refused = await invoke(handler, { path: parameters, query: { surprise: '1' }, body: {} });
    expect(refused.body.errors).toEqual([expect.objectContaining({ pointer: '/query/surprise' })]);
    const known = Object.keys(queryOf(operations[operation]) ?? {}).join(', ') || 'none';
    expect(refused.body.detail).toContain(`(known: ${known})`);
  }
});
