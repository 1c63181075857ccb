import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { send, startTestServer } from '../fixture.ts';

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";

test('the local host serves the document of the repository unchanged', async () => {
  const { url } = await startTestServer();
  const { status, headers, text } = await send(url, 'GET', '/openapi.json?', { foreign: true });
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  expect(text).toBe(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'));
});

test('the reference page loads everything from the host, and its policy forbids the rest', async () => {
  const { url } = await startTestServer();
  const page = await send(url, 'GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toContain(policy);
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
  expect(loaded).toContain('/docs/swagger-ui.js');
  for (const target of loaded) {
    const { status, text, headers } = await send(url, 'GET', target);
    expect([target, status, headers['x-content-type-options']]).toEqual([target, 200, 'nosniff']);
    expect(text.length).toBeGreaterThan(100);
  }
  expect(page.text).not.toMatch(/https?:|style=|<script>/);
});

test('the address that the host prints redirects a browser to the console, and others to the reference', async () => {
  const { url } = await startTestServer();
  expect(await send(url, 'GET', '/')).toMatchObject({ status: 302, headers: { location: '/docs', vary: 'accept' } });
  const browser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
  expect(await send(url, 'GET', '/', browser)).toMatchObject({ status: 302, headers: { location: '/console/' } });
  expect(await send(url, 'GET', '/console')).toMatchObject({ status: 302, headers: { location: '/console/' } });
  expect(await send(url, 'DELETE', '/')).toMatchObject({ status: 404 });
});

test('a page can only be read, and only from this machine', async () => {
  const { url } = await startTestServer();
  expect(await send(url, 'HEAD', '/docs')).toMatchObject({ status: 200, text: '' });
  expect(await send(url, 'POST', '/docs')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  const elsewhere = await send(url, 'GET', '/docs', { headers: { host: 'attacker.example' } });
  expect(elsewhere).toMatchObject({ status: 421, body: { code: 'misdirected_request' } });
  for (const path of ['/docs/', '/docs/../package.json', '/docs/__proto__', '/constructor', '/docs/start.js%00']) {
    expect((await send(url, 'GET', path)).status).toBe(404);
  }
});

test('the console loads everything from the host, and its assets never change', async () => {
  const { url } = await startTestServer();
  const page = await send(url, 'GET', '/console/');
  expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
  expect(page.headers['content-security-policy']).toContain(policy);
  expect(page.text).not.toMatch(/https?:|style=|<script>/);
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
  expect(loaded.length).toBeGreaterThan(2);
  for (const target of loaded) {
    const { status, headers } = await send(url, 'GET', target);
    expect([target, status]).toEqual([target, 200]);
    expect(headers).toMatchObject({ 'cache-control': expect.stringContaining('immutable') });
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

test('each room of the console has an address, and nothing else below it is a file', async () => {
  const { url } = await startTestServer();
  const { text } = await send(url, 'GET', '/console/');
  for (const path of ['/console/tenants/acme?x=1', '/console/../package.json', '/console/__proto__']) {
    expect(await send(url, 'GET', path)).toMatchObject({ status: 200, text });
  }
  for (const path of ['/console/assets/x.js', '/console/assets/../index.html', '/console/assets/', '/consoles']) {
    expect((await send(url, 'GET', path)).status).toBe(404);
  }
  expect((await send(url, 'POST', '/console/')).status).toBe(405);
});
