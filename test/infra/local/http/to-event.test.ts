import { describe, expect, test } from 'vitest';
import { findRoute } from '../../../../infra/local/http/find-route.ts';
import { toEvent, type WireRequest } from '../../../../infra/local/http/to-event.ts';
import { toResponse } from '../../../../infra/local/http/to-response.ts';

const now = new Date('2026-11-24T09:30:05.123Z');

function eventOf(request: Partial<WireRequest>) {
  const { method = 'GET', target = '/v1/providers' } = request;
  const wire = { rawHeaders: [], httpVersion: '1.1', remoteAddress: '127.0.0.1', body: Buffer.alloc(0), ...request };
  const route = findRoute(method, target.split('?')[0] ?? '');
  return toEvent({ ...wire, method, target }, route, 'request-1', now);
}

describe('findRoute', () => {
  test.each([
    ['POST', '/v1/tenants', 'provision-tenant'],
    ['POST', '/v1/tenants/validate', 'validate-tenant-spec'],
    ['PUT', '/v1/tenants/validate', 'update-tenant'],
    ['DELETE', '/v1/tenants/acme', 'destroy-tenant'],
    ['GET', '/v1/tenants/acme/status', 'get-tenant-status'],
    ['HEAD', '/v1/providers', 'list-providers'],
    ['HEAD', '/v1/tenants/acme/rollback', 'unmatched-route'],
    ['GET', '/v1/providers/', 'unmatched-route'],
    ['GET', '/', 'unmatched-route'],
  ])('%s %s is %s', (method, path, operation) => {
    expect(findRoute(method, path).operation).toBe(operation);
  });

  test('decodes parameters, and refuses a malformed percent-escape', () => {
    expect(findRoute('GET', '/v1/tenants/..%2fx%00/status').pathParameters).toEqual({ tenant_id: '../x\0' });
    expect(() => findRoute('GET', '/v1/tenants/%e0%a4%a/status')).toThrow('malformed percent-escape');
  });
});

describe('toEvent', () => {
  test('returns an event of payload format 2.0', () => {
    const rawHeaders = ['Host', 'localhost:1', 'User-Agent', 'test', 'Content-Type', 'application/json'];
    const target = '/v1/tenants/acme%2Dx?provider=a%20b';
    expect(eventOf({ method: 'PUT', target, rawHeaders, body: Buffer.from('{"ä":1}') })).toEqual({
      version: '2.0',
      routeKey: 'PUT /v1/tenants/{tenant_id}',
      rawPath: '/v1/tenants/acme%2Dx',
      rawQueryString: 'provider=a%20b',
      headers: { host: 'localhost:1', 'user-agent': 'test', 'content-type': 'application/json' },
      queryStringParameters: { provider: 'a b' },
      pathParameters: { tenant_id: 'acme-x' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'localhost',
        domainName: 'localhost',
        domainPrefix: 'localhost',
        http: {
          method: 'PUT',
          path: '/v1/tenants/acme%2Dx',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        requestId: 'request-1',
        routeKey: 'PUT /v1/tenants/{tenant_id}',
        stage: '$default',
        time: '24/Nov/2026:09:30:05 +0000',
        timeEpoch: now.getTime(),
      },
      body: '{"ä":1}',
      isBase64Encoded: false,
    });
  });

  test('omits absent parts of the request', () => {
    const event = eventOf({});
    for (const key of ['body', 'cookies', 'queryStringParameters', 'pathParameters'])
      expect(event).not.toHaveProperty(key);
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
  });

  test('joins repeated headers and parameters, and separates cookies', () => {
    const rawHeaders = ['X-One', 'a', 'cookie', 'k=1; l=2', 'x-one', 'b', 'Cookie', 'm=3', '__proto__', 'p'];
    const event = eventOf({ rawHeaders, target: '/v1/providers?a=1&b=2&a=3' });
    expect(event.headers['x-one']).toBe('a,b');
    expect(event.headers).not.toHaveProperty('cookie');
    expect(Object.getPrototypeOf(event.headers)).toBe(Object.prototype);
    expect(event.cookies).toEqual(['k=1', 'l=2', 'm=3']);
    expect(event.queryStringParameters).toEqual({ a: '1,3', b: '2' });
  });

  test.each([
    ['application/octet-stream', [], Buffer.from('text')],
    ['application/json', ['content-encoding', 'gzip'], Buffer.from('text')],
    ['application/json', [], Buffer.from([0xff, 0xfe])],
  ])('encodes a body that is not plain text in base64: %s %o', (type, more, body) => {
    const event = eventOf({ method: 'POST', rawHeaders: ['content-type', type, ...more], body });
    expect(event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
  });

  test('refuses a target that is not a path', () => {
    expect(() => eventOf({ target: 'http://elsewhere/v1/providers' })).toThrow('must be a path');
  });
});

describe('toResponse', () => {
  test('sets the length in bytes, and lower-cases header names', () => {
    expect(toResponse({ statusCode: 200, headers: { 'X-Age': 3 }, body: 'ä' })).toEqual({
      status: 200,
      headers: { 'x-age': '3', 'content-length': '2' },
      body: 'ä',
    });
  });

  test('sets no length on a 204, and passes cookies and bytes on', () => {
    expect(toResponse({ statusCode: 204 }).headers).toEqual({});
    const { headers, body } = toResponse({ body: 'AQI=', isBase64Encoded: true, cookies: ['a=1', 'b=2'] });
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(body).toEqual(Buffer.from([1, 2]));
  });
});
