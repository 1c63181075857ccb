import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { createDocument } from '../../../functions/openapi/document.ts';
import { problemCodesOf } from '../../../functions/openapi/problem-responses.ts';
import { operations, routes } from '../../../functions/operations.ts';
import { httpStatus } from '../../../functions/runtime/http/http-status.ts';
import { generateTypes } from '../../../src/client/generator/generate-types.ts';
import type { OpenApiDocument } from '../../support/documented.ts';

const root = new URL('../../../', import.meta.url);
const written = readFileSync(new URL('docs/openapi.json', root), 'utf8');
const created = createDocument();
const { paths } = created as unknown as OpenApiDocument;

test('docs/openapi.json is up to date with "npm run openapi"', () => {
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(created)));
});

test('the types of the client are up to date with docs/openapi.json', async () => {
  expect(readFileSync(new URL('src/client/schema.d.ts', root), 'utf8')).toBe(await generateTypes(written));
});

test('the document is valid OpenAPI 3.1, and every reference resolves', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(written));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
  const references = [...written.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path = '']) => path);
  expect(references.length).toBeGreaterThan(100);
  for (const path of new Set(references)) expect(JSON.parse(written)).toHaveProperty(path.split('/'));
});

test('every route is an operation with its successful answers and its path parameters', () => {
  for (const { operation, method, path } of routes) {
    const { summary, answers } = operations[operation];
    const described = paths[path]?.[method.toLowerCase()];
    expect(described).toMatchObject({ operationId: operation, summary });
    const successes = Object.keys(described?.responses ?? {}).filter((status) => Number(status) < 400);
    expect(successes).toEqual(Object.keys(answers));
    for (const [name] of path.matchAll(/(?<=\{)\w+/g)) {
      const parameter = expect.objectContaining({ name, in: 'path', required: true });
      expect(described).toMatchObject({ parameters: expect.arrayContaining([parameter]) });
    }
  }
});

test('the schemas of answers are closed, so an undocumented field is detected', () => {
  const { schemas } = created.components;
  const open = Object.entries(schemas).filter(
    ([name, schema]) => name !== 'Announcement' && schema.type === 'object' && schema.additionalProperties !== false,
  );
  expect(open.map(([name]) => name)).toEqual([]);
});

test('every problem code that a request can cause is in the document', () => {
  const codes = new Set(routes.flatMap(({ operation }) => problemCodesOf(operations[operation])));
  const others = Object.keys(httpStatus).filter((code) => !codes.has(code as never));
  // The document has no unmatched routes. A destroy and a stop are retried until they succeed. The rest come from events
  // or startup.
  expect(others.sort()).toEqual([
    'destroy_failed',
    'invalid_provider',
    'method_not_allowed',
    'provider_conflict',
    'stale_request',
    'stop_failed',
  ]);
});
