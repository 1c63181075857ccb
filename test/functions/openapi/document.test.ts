import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { contracts } from '../../../functions/openapi/contracts.ts';
import { createDocument } from '../../../functions/openapi/document.ts';
import { type Route, routes } from '../../../functions/routes.ts';
import { httpStatus } from '../../../functions/runtime/http/http-status.ts';
import { generateTypes } from '../../../src/client/generator/generate-types.ts';
import type { OpenApiDocument } from '../../support/documented.ts';

const root = new URL('../../../', import.meta.url);
const written = readFileSync(new URL('docs/openapi.json', root), 'utf8');
const created = createDocument();
const { paths } = created as unknown as OpenApiDocument;

test('docs/openapi.json is what "npm run openapi" writes', () => {
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(created)));
});

test('the types of the client are those of docs/openapi.json: "npm run openapi" writes both', async () => {
  expect(readFileSync(new URL('src/client/schema.d.ts', root), 'utf8')).toBe(await generateTypes(written));
});

test('the document is valid OpenAPI 3.1, and every reference in it leads somewhere', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(written));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
  const references = [...written.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path = '']) => path);
  expect(references.length).toBeGreaterThan(100);
  for (const path of new Set(references)) expect(JSON.parse(written)).toHaveProperty(path.split('/'));
});

test('every route is an operation with its answers and its query, and refuses nothing that the document promises', () => {
  for (const route of routes as readonly Route[]) {
    const operation = paths[route.path]?.[route.method.toLowerCase()];
    expect(operation).toMatchObject({ operationId: route.operation, summary: route.summary });
    const successes = Object.keys(operation?.responses ?? {}).filter((status) => Number(status) < 400);
    expect(successes).toEqual(Object.keys(route.answers));
    const contract = contracts[route.operation as keyof typeof contracts];
    expect(Object.keys('query' in contract ? contract.query : {})).toEqual(route.query ?? []);
    expect(Object.keys('path' in contract ? contract.path : {})).toEqual(
      [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
  }
});

test('what Berth answers is closed: a field that the document does not name would be found', () => {
  const { schemas } = created.components;
  const open = Object.entries(schemas).filter(
    ([name, schema]) => name !== 'Announcement' && schema.type === 'object' && schema.additionalProperties !== false,
  );
  expect(open.map(([name]) => name)).toEqual([]);
});

test('every problem of docs/errors.md that a request can meet is one of the document', () => {
  const codes = new Set(Object.values(contracts).flatMap(({ problems }) => problems));
  const others = Object.keys(httpStatus).filter((code) => !codes.has(code as never));
  // What fits no route is no operation; a destroy does not fail, it goes on; the others come from events and at the start.
  expect(others.sort()).toEqual([
    'destroy_failed',
    'invalid_provider',
    'method_not_allowed',
    'provider_conflict',
    'route_not_found',
    'stale_request',
  ]);
});
