import { describe, expect, test } from 'vitest';
import { checkCaller } from '../../../../infra/local/http/check-caller.ts';

test.each(['localhost', 'LOCALHOST:8787', '127.0.0.1:1', '[::1]:8787', '[::1]'])(
  'the host header %s names this machine',
  (host) => {
    expect(() => checkCaller({ host })).not.toThrow();
    expect(() => checkCaller({ host, origin: `http://${host}` })).not.toThrow();
  },
);

test.each([
  undefined,
  '',
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.nip.io',
  'localhost:1:2',
  '0.0.0.0',
  '[::1',
])('the host header %s does not name this machine', (host) => {
  expect(() => checkCaller({ host })).toThrow(/^misdirected request/);
});

test.each([
  'http://evil.example',
  'null',
  'https://localhost:1',
  'http://localhost:2',
  'http://localhost:1.evil.example',
])('a page from %s is refused', (origin) => {
  expect(() => checkCaller({ host: 'localhost:1', origin })).toThrow(/^forbidden origin/);
});

describe('a page of a tenant, or any other', () => {
  const host = '127.0.0.1:8787';

  test.each([
    { origin: 'http://acme.localhost:8788' },
    { origin: 'http://127.0.0.1:8788' },
    { origin: 'http://localhost:8787' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ])('does not call the API: %j', (headers) => {
    expect(() => checkCaller({ host, ...headers })).toThrow(/^forbidden origin/);
  });

  test.each([
    { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ])('may link to it, and its own pages call it: %j', (headers) => {
    expect(() => checkCaller({ host, ...headers })).not.toThrow();
  });
});
