import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { ProviderFailedError, TenantNotFoundError } from '../../../../src/compute/errors.ts';
import { createSdkClient } from '../../../../src/providers/ecs/api/sdk.ts';
import { createEcsProvider } from '../../../../src/providers/ecs/provider.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { openLoopback } from '../../../support/loopback.ts';
import { defaults, name, startQuickEcs } from '../ecs-subject.ts';
import { ecsSpec } from '../open-ecs.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a call without a response times out and is retried', async () => {
  const fake = await startQuickEcs();
  const requestHandler = { requestTimeout: 300, throwOnRequestTimeout: true };
  const client = createSdkClient({ region: REGION, endpoint: fake.url, credentials, requestHandler });
  const provider = await createEcsProvider({ name, defaults, client });
  fake.fail('CreateService', { kind: 'hang' });
  expect((await provider.provision(ecsSpec('acme'))).status).toBe('in_progress');
  const created = fake.calls.filter(({ operation }) => operation === 'CreateService');
  expect(created.length).toBeGreaterThan(1);
  expect(fake.state.services.size).toBe(1);
  client.close?.();
  await fake.close();
});

test('an aborted call ends at once, even without a response', async () => {
  const fake = await startQuickEcs();
  const client = createSdkClient({ region: REGION, endpoint: fake.url, credentials });
  const provider = await createEcsProvider({ name, defaults, client });
  const abort = new AbortController();
  const reason = new Error('cancelled');
  fake.fail('DescribeServices', { kind: 'hang' });
  const status = provider.getStatus('acme', { signal: abort.signal });
  await vi.waitUntil(() => fake.calls.length > 0);
  abort.abort(reason);
  await expect(status).rejects.toBe(reason);
  client.close?.();
  await fake.close();
});

test('the SDK connects with the default credentials, and again after a close', async () => {
  const fake = await startQuickEcs();
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('AWS_ENDPOINT_URL_ECS', fake.url);
  const provider = await createEcsProvider({ name, defaults });
  await refusal(provider.getStatus('acme'), TenantNotFoundError);
  expect(fake.calls[0]).toMatchObject({ operation: 'DescribeServices', input: { cluster: defaults.cluster_arn } });
  await provider.close?.();
  await refusal(provider.getStatus('acme'), TenantNotFoundError);
  await provider.close?.();
  await fake.close();
});

test('with assume_role calls use that role, and its external id is not published', async () => {
  const fake = await startQuickEcs();
  const sts = await startSts();
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('AWS_ENDPOINT_URL_ECS', fake.url);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
  const assume_role = {
    role_arn: `arn:aws:iam::${ACCOUNT}:role/tenants`,
    external_id: 'berth-7f3a',
    session_name: 'night',
  };
  const provider = await createEcsProvider({ name, defaults: { ...defaults, assume_role } });
  await refusal(provider.getStatus('acme'), TenantNotFoundError);
  expect(Object.fromEntries(new URLSearchParams(sts.bodies[0]))).toMatchObject({
    Action: 'AssumeRole',
    RoleArn: assume_role.role_arn,
    ExternalId: 'berth-7f3a',
    RoleSessionName: 'night',
  });
  expect(JSON.stringify(provider.configDefaults)).not.toContain('berth-7f3a');
  await provider.close?.();
  await sts.close();
  await fake.close();
});

test('missing credentials are named in the error', async () => {
  const client = {
    send: () =>
      Promise.reject(
        Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
      ),
  };
  const error = await refusal(
    (await createEcsProvider({ name, defaults, client })).getStatus('acme'),
    ProviderFailedError,
  );
  expect(error.message).toContain('there are no valid credentials for ECS');
});

/** Starts a fake of STS with one operation. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
async function startSts() {
  const bodies: string[] = [];
  const { address, close } = await openLoopback(async (request, response) => {
    bodies.push(await text(request));
    response.writeHead(200, { 'content-type': 'text/xml' }).end(ASSUMED);
  });
  return { url: `http://${address}`, bodies, close };
}

const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <AssumedRoleUser><Arn>arn:aws:sts::${ACCOUNT}:assumed-role/tenants/night</Arn>
  <AssumedRoleId>AROA:night</AssumedRoleId></AssumedRoleUser>
  <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>example</SecretAccessKey>
  <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>`;
