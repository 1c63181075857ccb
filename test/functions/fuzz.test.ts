import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadHandlers } from '../../infra/local/load-handlers.ts';
import { anyCharacter } from '../support/any-character.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

beforeAll(async () => {
  await useServices();
});

const text = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.constantFrom('__proto__', 'constructor', '../x', 'a\0b', 'acme'),
);
const parameters = fc.dictionary(fc.oneof(text, fc.constantFrom('tenant_id', 'name', 'provider')), text, {
  maxKeys: 3,
});
const jsonType = fc.constant({ 'content-type': 'application/json' });
const headers = fc.oneof(jsonType, fc.dictionary(text, text, { maxKeys: 3 }));
const body = fc.oneof(
  text,
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify({ ...memorySpec(), labels: value })),
  fc.tuple(text, fc.jsonValue()).map(([key, value]) => JSON.stringify(memorySpec({ [key]: value }))),
);

test('every event gets an answer, and never an internal error', async () => {
  const handlers = [...(await loadHandlers())];
  const event = fc.record({ headers, body, isBase64Encoded: fc.boolean(), path: parameters, query: parameters });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...handlers), event, async ([, handler], { path, query, ...rest }) => {
      const answer = await invoke(handler, { event: { ...rest, pathParameters: path, queryStringParameters: query } });
      expect(answer.status).toBeLessThan(500);
      if ((answer.status ?? 0) >= 400) expect(answer.headers['content-type']).toBe('application/problem+json');
    }),
    { numRuns: 500 },
  );
});

test('every JSON value that is no specification gets an answer that points at its issues', async () => {
  const handler = (await loadHandlers()).get('provision-tenant');
  if (!handler) throw new Error('provision-tenant is not loaded');
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const answer = await invoke(handler, { body: JSON.stringify(value) });
      expect(answer.status).toBe(422);
      expect(answer.body.errors.length).toBeGreaterThan(0);
      for (const error of answer.body.errors) expect(error.pointer).toMatch(/^(?:\/|$)/);
    }),
    { numRuns: 300 },
  );
});
