import { expect, test } from 'vitest';
import { ClientUsageError, createClient } from '../../src/client/index.ts';
import { resolveOptions } from '../../src/client/options.ts';
import { delayAfter } from '../../src/client/retry.ts';
import { answerJson, serve } from './servers.ts';

const gateway = 'https://abc123.execute-api.eu-central-1.amazonaws.com';

test.each([
  ['http://127.0.0.1:8787', {}, { kind: 'local' }],
  ['http://localhost:8787', { signing: 'none' as const }, { kind: 'none' }],
  [gateway, {}, { kind: 'sigv4', region: 'eu-central-1' }],
  [`${gateway}.cn`, {}, { kind: 'sigv4', region: 'eu-central-1' }],
  [gateway, { signing: { profile: 'prod' } }, { kind: 'sigv4', region: 'eu-central-1', profile: 'prod' }],
  [gateway, { signing: 'none' as const }, { kind: 'none' }],
  [gateway, { token: 'a.b.c' }, { kind: 'bearer', token: 'a.b.c' }],
  ['https://abc.execute-api.eu-central-1.amazonaws.com.attacker.example', {}, { kind: 'none' }],
  ['https://berth.example', { signing: { region: 'us-east-1' } }, { kind: 'sigv4', region: 'us-east-1' }],
])('requests to %s with %j are authorized as %j', (endpoint, options, authorization) => {
  expect(resolveOptions({ endpoint, ...options }).authorization).toEqual(authorization);
});

test.each([
  ['ftp://127.0.0.1', {}],
  ['127.0.0.1:8787', {}],
  ['', {}],
  ['http://user:secret@127.0.0.1', {}],
  ['http://127.0.0.1/?a=b', {}],
  ['http://berth.example', { token: 'a.b.c' }],
  ['http://berth.example', { signing: { region: 'us-east-1' } }],
  ['https://berth.example', { token: 'a.b.c', signing: { region: 'us-east-1' } }],
  ['https://berth.example', { signing: { profile: 'prod' } }],
  ['https://berth.example', { token: 'a\r\nb' }],
  ['https://berth.example', { maxAttempts: 0 }],
])('%s with %j is refused before anything is sent', (endpoint, options) => {
  expect(() => createClient({ endpoint, ...options })).toThrow(ClientUsageError);
});

test.each(['', '.', '..'])(
  'the id %j, which a URL would normalize away, is refused before anything is sent',
  async (id) => {
    const { url, requests } = await serve((_, response) => answerJson(response, 200, {}));
    const client = createClient({ endpoint: url });
    for (const call of [client.getTenant, client.getOperation, client.getProvider, client.destroyTenant]) {
      await expect((async () => call(id))()).rejects.toThrow(ClientUsageError);
    }
    expect(requests).toEqual([]);
  },
);

test('ids are escaped, and endpoints with a path, tokens and user agents are sent as given', async () => {
  const { url, requests } = await serve((_, response) => answerJson(response, 200, { tenant_id: 'x' }));
  const client = createClient({ endpoint: `${url}/stage/`, token: 'a.b.c', userAgent: 'berth/1.0' });
  await client.getTenant('a/../b?c#d');
  expect(requests).toMatchObject([
    {
      target: '/stage/v1/tenants/a%2F..%2Fb%3Fc%23d',
      headers: { authorization: 'Bearer a.b.c', 'user-agent': 'berth/1.0' },
    },
  ]);
});

test('delays double with jitter, or follow retry-after up to 30 s', () => {
  expect([1, 2, 3, 10].map((attempt) => delayAfter(attempt, null, () => 0))).toEqual([100, 200, 400, 2500]);
  expect([1, 2, 3, 10].map((attempt) => delayAfter(attempt, null, () => 1))).toEqual([200, 400, 800, 5000]);
  expect(delayAfter(1, '7', () => 0)).toBe(7000);
  expect(delayAfter(1, '86400', () => 0)).toBe(30_000);
  expect(delayAfter(1, 'soon', () => 0)).toBe(100);
  const inTwoSeconds = new Date(Date.now() + 2000).toUTCString();
  expect(delayAfter(1, inTwoSeconds, () => 0)).toBeGreaterThan(0);
  expect(delayAfter(1, inTwoSeconds, () => 0)).toBeLessThanOrEqual(2000);
});
