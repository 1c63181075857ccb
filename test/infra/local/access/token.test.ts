import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { routes } from '../../../../functions/operations.ts';
import { isSame, tokenOf } from '../../../../infra/local/access/token.ts';
import { createClient, ProblemError } from '../../../../src/client/index.ts';
import { localToken } from '../../../../src/client/local-token.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { send, startTestServer, temporaryDirectory } from '../fixture.ts';

const CANARY = 'canary-token-0123456789';

afterEach(() => vi.unstubAllEnvs());

async function startStrict() {
  vi.stubEnv('BERTH_TOKEN', CANARY);
  const server = await startTestServer();
  vi.unstubAllEnvs();
  return server;
}

describe('a host with a token', () => {
  test('refuses every route without it, and says what to send', async () => {
    const { url } = await startStrict();
    const paths = [
      ...routes.map(({ method, path }) => [method, path.replaceAll(/\{\w+\}/g, 'acme')] as const),
      ['GET', '/v1/events'],
      ['GET', '/v1/dead-letters'],
      ['POST', '/v1/dead-letters/redrive'],
      ['POST', '/'],
      ['GET', '/v1/nowhere'],
    ] as const;
    for (const [method, path] of paths) {
      for (const authorization of [undefined, 'Bearer wrong', `Bearer ${CANARY}0`, `Basic ${CANARY}`, CANARY]) {
        const headers = authorization === undefined ? {} : { authorization };
        const reply = await send(url, method, path, {
          headers,
          foreign: path === '/' || path.startsWith('/v1/events'),
        });
        expect([method, path, reply.status, reply.body.code]).toEqual([method, path, 401, 'unauthorized']);
        expect(reply.headers['www-authenticate']).toBe('Bearer');
      }
    }
  });

  test('serves who sends it, and the pages without it, and never logs it', async () => {
    const { url, logFile, close } = await startStrict();
    const headers = { authorization: `Bearer ${CANARY}` };
    expect(await send(url, 'POST', '/v1/tenants', { headers, body: memorySpec() })).toMatchObject({ status: 201 });
    expect(await send(url, 'POST', '/v1/tenants', { headers, body: 1 })).toMatchObject({ status: 422 });
    expect(await send(url, 'GET', '/docs', { foreign: true })).toMatchObject({ status: 200 });
    await close();
    expect(readFileSync(logFile, 'utf8')).not.toContain('canary');
  });

  test('does not give it to the processes of tenants', async () => {
    vi.stubEnv('BERTH_TOKEN', CANARY);
    const { url } = await startTestServer({ providers: { process: { type: 'process' } } });
    const headers = { authorization: `Bearer ${CANARY}` };
    const spec = {
      tenant_id: 'acme',
      provider_type: 'process',
      resources: { cpu: 256, memory: 512 },
      containers: [{ name: 'web', image: 'none', command: ['sh', '-c', 'env; exec sleep 60'] }],
    };
    await send(url, 'POST', '/v1/tenants', { headers, body: spec });
    const lines = async () => (await send(url, 'GET', '/v1/tenants/acme/logs', { headers })).text;
    await expect.poll(lines).toContain('BERTH_TENANT_ID=acme');
    expect(await lines()).not.toContain('canary');
    await send(url, 'DELETE', '/v1/tenants/acme', { headers });
  });

  test('takes it as the access key id of a signed request', async () => {
    const { url } = await startStrict();
    const put = async (accessKeyId: string) => {
      const credentials = { accessKeyId, secretAccessKey: 'any' };
      const client = new EventBridgeClient({ endpoint: url, region: 'local', credentials, maxAttempts: 1 });
      const entry = { Source: 'crm', DetailType: 'Tenant Provision Requested', Detail: '{"data":{}}' };
      return client.send(new PutEventsCommand({ Entries: [entry] })).finally(() => client.destroy());
    };
    expect(await put(CANARY)).toMatchObject({ FailedEntryCount: 0 });
    await expect(put('local')).rejects.toMatchObject({ $metadata: { httpStatusCode: 401 } });
  });
});

describe('a token that the host makes', () => {
  test('is in a file of this user, under every umask, and is another one at each start', async () => {
    const dataDir = temporaryDirectory();
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const first = await startTestServer({ dataDir, token: true });
    const file = join(dataDir, 'token');
    const text = readFileSync(file, 'utf8').trim();
    expect(first.token).toEqual({ value: text, file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await first.close();
    const second = await startTestServer({ dataDir, token: true });
    expect(second.token?.value).not.toBe(text);
    await second.close();
    await startTestServer({ dataDir });
    expect(existsSync(file)).toBe(false);
  });

  test('is read by the client by itself, anew for each request', async () => {
    const dataDir = temporaryDirectory();
    vi.stubEnv('BERTH_DATA_DIR', dataDir);
    const server = await startTestServer({ dataDir, token: true });
    const client = createClient({ endpoint: server.url });
    expect((await client.listProviders()).data.providers).toEqual(['memory']);
    vi.stubEnv('BERTH_DATA_DIR', temporaryDirectory());
    await expect(client.listProviders()).rejects.toThrow(ProblemError);
    vi.stubEnv('BERTH_TOKEN', server.token?.value ?? '');
    expect((await client.listProviders()).data.providers).toEqual(['memory']);
  });

  const good = `berth_${'a'.repeat(43)}`;
  test.each<[string, (file: string) => void, string | undefined]>([
    ['of this user', (file) => writeFileSync(file, `${good}\n`, { mode: 0o600 }), good],
    ['with other content', (file) => writeFileSync(file, 'a secret of something else', { mode: 0o600 }), undefined],
    ['that others may read', (file) => writeFileSync(file, good, { mode: 0o644 }), undefined],
    ['that is a link', linkTo(good), undefined],
  ])('is read only from a file %s', async (_, write, expected) => {
    const folder = temporaryDirectory();
    write(join(folder, 'token'));
    expect(await localToken({ BERTH_DATA_DIR: folder })).toBe(expected);
  });
});

function linkTo(text: string): (file: string) => void {
  return (file) => {
    writeFileSync(`${file}2`, text, { mode: 0o600 });
    symlinkSync(`${file}2`, file);
  };
}

test.each([
  [undefined, undefined],
  ['', undefined],
  ['Bearer a.b-c', 'a.b-c'],
  ['bearer   a', 'a'],
  ['Bearer a b', undefined],
  ['AWS4-HMAC-SHA256 Credential=key/with/slash/20261129/eu/events/aws4_request, SignedHeaders=host', 'key/with/slash'],
  ['AWS4-HMAC-SHA256 Credential=key', undefined],
])('the token in %j is %j', (authorization, expected) => {
  expect(tokenOf(authorization)).toBe(expected);
});

test('tokens are the same only if they are equal', () => {
  expect([isSame('a', 'a'), isSame('a', 'b'), isSame('a', 'aa'), isSame('', 'a')]).toEqual([true, false, false, false]);
});
