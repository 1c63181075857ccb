import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createClient, SigningError } from '../../src/client/index.ts';
import { memorySpec } from '../functions/invoke.ts';
import { answerJson, serve } from './servers.ts';
import { verifySignature } from './verify-signature.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const region = 'eu-central-1';

/** Runs `loading.ts` with only these environment variables. */
async function load(endpoint: string, env: Record<string, string> = {}) {
  const script = new URL('./loading.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, endpoint], { env });
  return JSON.parse(stdout) as { packages: string[]; authorization: string | null };
}

test('signatures cover body, query, escapes and session token, as API Gateway computes them', async () => {
  const { url, requests } = await serve((_, response) =>
    answerJson(response, 200, { tenant_id: 'acme', tenants: [], next_cursor: null, operation_id: 'x', lines: [] }),
  );
  const sessionToken = 'session/token+==';
  const provider = async () => ({ ...credentials, sessionToken });
  const client = createClient({ endpoint: url, signing: { region, credentials: provider } });
  await client.provisionTenant(memorySpec({ labels: { note: 'grüße – "hi"' } }));
  await client.updateTenant('acme', memorySpec(), { ifMatch: '"1"' });
  await client.listTenants({ label: { b: "x y/ü*'()!~", a: 'z:1' }, limit: 5, cursor: 'a+b=c&d' });
  await client.getOperation('acme.x y.1', { wait: 3 });
  await client.getTenantLogs('acme', { container: 'web', tail: 0 });
  await client.destroyTenant('acme');
  expect(requests).toHaveLength(6);
  for (const request of requests) {
    verifySignature(request, { ...credentials, region });
    expect(request.headers['x-amz-security-token']).toBe(sessionToken);
  }
});

test('the signature check of this suite detects a modified request', async () => {
  const { url, requests } = await serve((_, response) => answerJson(response, 200, { tenant_id: 'acme' }));
  const client = createClient({ endpoint: url, signing: { region, credentials: async () => credentials } });
  await client.provisionTenant(memorySpec());
  const [request] = requests;
  if (!request) throw new Error('nothing was sent');
  const check = (change: object) => () => verifySignature({ ...request, ...change }, { ...credentials, region });
  expect(check({})).not.toThrow();
  expect(check({ body: `${request.body} ` })).toThrow();
  expect(check({ target: '/v1/tenants?a=b' })).toThrow();
  expect(check({ method: 'PUT' })).toThrow();
  expect(check({ headers: { ...request.headers, 'x-amz-date': '20200101T000000Z' } })).toThrow();
});

test('expired credentials are requested again', async () => {
  const { url } = await serve((_, response) => answerJson(response, 200, { providers: [] }));
  let calls = 0;
  const provider = async () => ({ ...credentials, expiration: new Date(Date.now() + ++calls) });
  const client = createClient({ endpoint: url, signing: { region, credentials: provider } });
  await client.listProviders();
  await expect.poll(() => Date.now()).toBeGreaterThan(Date.now());
  await client.listProviders();
  expect(calls).toBeGreaterThan(1);
});

test('without credentials nothing is sent, and the error says how to get them', async () => {
  const { url, requests } = await serve((_, response) => answerJson(response, 200, {}));
  const credentials = () => Promise.reject(new Error('Could not load credentials from any providers'));
  const client = createClient({ endpoint: url, signing: { region, credentials } });
  const error = await client.listProviders().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SigningError);
  expect((error as Error).message).toMatch(/any providers.*AWS_PROFILE.*aws sso login/);
  expect(requests).toEqual([]);
});

test('the AWS SDK is not loaded for other endpoints', async () => {
  const { packages, authorization } = await load('http://127.0.0.1:8787');
  expect(packages).toEqual(['openapi-fetch']);
  expect(authorization).toBeNull();
});

test('requests to API Gateway are signed with the credentials of the environment', async () => {
  const { packages, authorization } = await load(`https://abc.execute-api.${region}.amazonaws.com`, {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  expect(packages).toEqual(expect.arrayContaining(['@smithy/signature-v4', '@aws-sdk/credential-providers']));
  expect(authorization).toContain(`Credential=AKIDEXAMPLE/`);
  expect(authorization).toContain(`/${region}/execute-api/aws4_request`);
});
