import { describe, expect, test, vi } from 'vitest';
import { operations, routes } from '../../../functions/operations.ts';
import { handler as unmatchedRoute } from '../../../functions/unmatched-route.ts';
import { createClient } from '../../../src/client/index.ts';
import { invoke, memorySpec } from '../../functions/invoke.ts';
import { answerPreflight, type Preflight, refusalOfBrowser } from '../../support/http-api.ts';
import { readSourceFiles } from '../../support/source-files.ts';
import { ownAuthorizer, ownStack, synthesizeApp } from '../synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const origin = 'https://app.example.com';
const cors = { allowOrigins: [origin] };
const jwt = { issuer: 'https://issuer.example.com', audience: ['berth'] };
const providers = { memory: { type: 'memory' } };

/** Sends a preflight by the rules of API Gateway to the function of its route. Returns why the browser gives up, if so. */
async function preflight(app: ReturnType<typeof synthesizeApp>, asked: Preflight): Promise<string | undefined> {
  const template = app.templates.find(({ Resources }) =>
    Object.values(Resources).some(({ Type }) => Type === 'AWS::ApiGatewayV2::Api'),
  );
  if (!template) throw new Error('no template has an API');
  const { isAdmitted, headers } = answerPreflight(template, asked);
  if (!isAdmitted) return 'the route needs credentials';
  const requestContext = { requestId: 'r', http: { method: 'OPTIONS' }, apiId: 'a1b2', domainPrefix: 'a1b2' } as never;
  const { status } = await invoke(unmatchedRoute, { event: { rawPath: asked.path, requestContext } });
  return refusalOfBrowser(asked, { status, headers });
}

/** Returns the names of the headers that the client sends for each method. */
async function sentHeaders(): Promise<Map<string, string[]>> {
  const sent = new Map<string, string[]>();
  const client = createClient({
    endpoint: 'https://a1b2.execute-api.eu-central-1.amazonaws.com',
    signing: {
      region: 'eu-central-1',
      credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' }),
    },
    fetch: async (_, init) => {
      sent.set(init?.method ?? '', Object.keys(init?.headers ?? {}));
      return Response.json({ tenant_id: 'acme', containers: [] }, { headers: { 'x-request-id': 'r' } });
    },
  });
  await client.getTenantStatus('acme', { fresh: true });
  await client.updateTenant('acme', memorySpec(), { ifMatch: '"1"' });
  await client.provisionTenant(memorySpec());
  await client.destroyTenant('acme', { ifMatch: '"1"' });
  return sent;
}

describe('with CORS, the preflight of every operation passes', () => {
  test.each([
    ['as an app with IAM', () => synthesizeApp({ providers, cors: { origins: [origin] } })],
    ['as a construct with tokens', () => ownStack(() => ({ cors, jwt })).synthesized()],
    ['with a custom authorizer', () => ownStack((stack) => ({ cors, authorizer: ownAuthorizer(stack) })).synthesized()],
  ])('%s', async (_, make) => {
    const app = make();
    const headers = await sentHeaders();
    expect([...headers.keys()].sort()).toEqual(['DELETE', 'GET', 'POST', 'PUT']);
    for (const { method, path: template } of routes) {
      const path = template.replaceAll(/\{\w+\}/g, 'a');
      // The browser sets the host itself.
      const wanted = headers.get(method)?.filter((name) => name !== 'host') ?? [];
      expect([method, path, await preflight(app, { path, origin, method, headers: wanted })]).toEqual([
        method,
        path,
        undefined,
      ]);
    }
    const other = { path: '/v1/tenants', origin: 'https://evil.example', method: 'POST', headers: [] };
    expect(await preflight(app, other)).toBe('the origin is not allowed');
  });

  test('and the route of preflights is the only one without credentials, with a function that has no rights', () => {
    const app = synthesizeApp({ providers, cors: { origins: [origin] } });
    const open = app
      .propertiesOf<{ RouteKey: string; AuthorizationType: string }>('AWS::ApiGatewayV2::Route')
      .filter(({ AuthorizationType }) => AuthorizationType === 'NONE');
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['OPTIONS /{proxy+}']);
    expect(app.actionsOf('unmatched-route').filter((action) => !/^(?:logs|xray):/.test(action))).toEqual([]);
  });
});

test('without CORS, there is no route of preflights', () => {
  const app = synthesizeApp({ providers });
  const keys = app.propertiesOf<{ RouteKey: string }>('AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
  expect(keys.filter((key) => key.startsWith('OPTIONS'))).toEqual([]);
});

describe('the header lists', () => {
  const [{ CorsConfiguration: listed } = { CorsConfiguration: undefined }] = synthesizeApp({
    providers,
    cors: { origins: [origin] },
  }).propertiesOf<{ CorsConfiguration: { AllowHeaders: string[]; ExposeHeaders: string[] } }>('AWS::ApiGatewayV2::Api');

  test('let a page send every header that an operation takes, and those of a signature', () => {
    const taken = Object.values(operations).flatMap((row) => ('headers' in row ? row.headers : []));
    const expected = [
      ...taken.map((name) => name.toLowerCase()),
      'authorization',
      'x-amz-content-sha256',
      'x-amz-date',
    ];
    expect(listed?.AllowHeaders).toEqual(expect.arrayContaining([...new Set(expected)]));
  });

  test('let a page read every header that an operation answers with, and that the client reads', () => {
    const answered = Object.values(operations).flatMap((row) =>
      'answers' in row
        ? Object.values(row.answers).flatMap((answer) => ('headers' in answer ? answer.headers : []))
        : [],
    );
    const read = readSourceFiles(['src/client', 'src/console'])
      .flatMap(({ text }) => [...text.matchAll(/headers\.(?:get|has)\('([\w-]+)'\)/g)])
      .map(([, name = '']) => name);
    expect(read).toContain('retry-after');
    // The browser shows the content type of every answer.
    const expected = [...answered.map((name) => name.toLowerCase()), ...read, 'age', 'allow'];
    expect(listed?.ExposeHeaders).toEqual(
      expect.arrayContaining([...new Set(expected)].filter((name) => name !== 'content-type')),
    );
  });
});
