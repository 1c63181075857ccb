import { expect, test } from 'vitest';
import {
  InvalidProviderError,
  ProviderFailedError,
  ProvisionFailedError,
  ThrottledError,
  UpdateFailedError,
} from '../../../../src/compute/errors.ts';
import { toComputeError } from '../../../../src/providers/ecs/api/compute-errors.ts';
import { createEcsProvider } from '../../../../src/providers/ecs/provider.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { CLUSTER_ARN, defaults, EXECUTION_ROLE } from '../ecs-subject.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const role = 'arn:aws:iam::123456789012:role/berth/task';
const DENIED = {
  kind: 'refuse',
  type: 'AccessDeniedException',
  message: 'User: arn:aws:sts::123456789012:assumed-role/berth/x is not authorized to perform: ecs:CreateService',
} as const;

test('a missing cluster is named as the mistake by every operation', async () => {
  await using ecs = await openEcs();
  const cluster_arn = CLUSTER_ARN.replace('/tenants', '/nowhere');
  const provider = ecs.provide({ defaults: { ...defaults, cluster_arn } });
  const spec = ecsSpec('acme');
  const error = await refusal(provider.provision(spec), ProvisionFailedError);
  expect(error.message).toBe(
    'provisioning failed: the ECS cluster does not exist (ClusterNotFoundException: Cluster not found)',
  );
  expect(error).toMatchObject({ retryable: false, hint: expect.stringContaining('cluster_arn') });
  expect((await refusal(provider.update('acme', spec), UpdateFailedError)).message).toContain(
    'the ECS cluster does not exist',
  );
  expect((await refusal(provider.getStatus('acme'), ProviderFailedError)).message).toContain(
    'the ECS cluster does not exist',
  );
});

test.each([
  ['subnet', { subnets: ['subnet-0ccccccc'] }, "subnet ID 'subnet-0ccccccc' does not exist"],
  ['security group', { security_groups: ['sg-0ccccccc'] }, "security group 'sg-0ccccccc' does not exist"],
])('a missing %s is named, and a failed provision leaves nothing behind', async (what, settings, quote) => {
  await using ecs = await openEcs();
  const provider = ecs.provide({ defaults: { ...defaults, ...settings } });
  const error = await refusal(provider.provision(ecsSpec('acme')), ProvisionFailedError);
  expect(error.message).toContain(`a ${what} does not exist`);
  expect(error.message).toContain(quote);
  expect(ecs.fake.call('ListTaskDefinitionFamilies', {})).toMatchObject({ families: [] });
});

test('a missing subnet fails an update, and the old version keeps running', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  ecs.fake.state.subnets.clear();
  const error = await refusal(ecs.provider.update('acme', withImage(spec, 'good.example/app:2')), UpdateFailedError);
  expect(error.message).toContain('a subnet does not exist');
  expect((await ecs.provider.getStatus('acme')).state).toBe('running');
});

test('an invalid role is explained with its possible causes', async () => {
  await using ecs = await openEcs();
  const provider = ecs.provide({ defaults: { ...defaults, task_role_arn: role } });
  const error = await refusal(provider.provision(ecsSpec('acme')), ProvisionFailedError);
  expect(error.message).toContain(
    'a role does not exist, or ECS tasks may not assume it (ClientException: Role is not valid)',
  );
  expect(error.hint).toContain('ecs-tasks.amazonaws.com');
});

test('a missing permission to pass a role is distinguished from other missing permissions', async () => {
  await using ecs = await openEcs({ roles: [EXECUTION_ROLE, role] });
  const passing = `${DENIED.message.replace('ecs:CreateService', 'iam:PassRole')} on resource: ${role}`;
  ecs.fake.fail('RegisterTaskDefinition', { ...DENIED, message: passing });
  const refused = await refusal(ecs.provider.provision(ecsSpec('acme')), ProvisionFailedError);
  expect(refused.message).toContain('Berth may not pass this role to tasks');
  ecs.fake.fail('CreateService', DENIED);
  const denied = await refusal(ecs.provider.provision(ecsSpec('acme')), ProvisionFailedError);
  expect(denied.message).toContain('Berth lacks a permission in AWS');
  expect(denied.message).toContain('not authorized to perform: ecs:CreateService');
  expect(denied.hint).toContain('docs/providers/ecs.md');
});

test.each([
  ['nocapacity.example', /there is no capacity for the tasks now: .*Capacity is unavailable at this time.*Try later/s],
  ['noquota.example', /a quota of the AWS account is exceeded: .*limit on the number of vCPUs.*higher quota/s],
  [
    'missing.example',
    /an image does not exist or may not be pulled: .*CannotPullContainerError.*Check the name and tag/s,
  ],
])('the status explains why tasks from %s do not start', async (registry, failure) => {
  await using ecs = await openEcs();
  await ecs.provider.provision(ecsSpec('acme', {}, registry));
  await ecs.pass(5 * ROLLOUT);
  const status = await ecs.provider.getStatus('acme');
  expect(status.state).toBe('failed');
  expect(status.metadata.failure).toMatch(failure);
  expect(status.containers[0]?.message).toMatch(failure);
});

test('an exceeded quota is named as such', async () => {
  await using ecs = await openEcs();
  const message = 'The maximum number of services per cluster has been reached.';
  ecs.fake.fail('CreateService', { kind: 'refuse', type: 'LimitExceededException', message });
  const error = await refusal(ecs.provider.provision(ecsSpec('acme')), ProvisionFailedError);
  expect(error.message).toContain('a quota of the AWS account is exceeded');
});

test('lasting throttling is thrown after the retry budget of one operation', async () => {
  await using ecs = await openEcs();
  const fault = { kind: 'refuse', type: 'ThrottlingException', message: 'Rate exceeded' } as const;
  ecs.fake.fail('DescribeServices', fault, 1000);
  const before = ecs.now();
  const error = await refusal(ecs.provider.getStatus('acme'), ThrottledError);
  expect(error.message).toBe('throttled: by ECS: ThrottlingException: Rate exceeded');
  expect(ecs.now() - before).toBeGreaterThan(5000);
  expect(ecs.now() - before).toBeLessThanOrEqual(15_000);
  expect(ecs.fake.calls.length).toBeLessThan(15);
});

test('a throttling error keeps the Retry-After of AWS', () => {
  const throttling = { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } };
  const delayed = { ...throttling, $response: { headers: { 'retry-after': '7' } } };
  expect(toComputeError(delayed, 'read')).toMatchObject({ code: 'throttled', retryAfterMs: 7000 });
  expect(toComputeError(throttling, 'read')).toMatchObject({ code: 'throttled', retryAfterMs: undefined });
});

test('an outage of ECS is named as such, and is retryable', async () => {
  await using ecs = await openEcs();
  ecs.fake.fail(
    'DescribeServices',
    { kind: 'refuse', type: 'ServerException', message: 'Service Unavailable', status: 503 },
    1000,
  );
  const error = await refusal(ecs.provider.provision(ecsSpec('acme')), ProviderFailedError);
  expect(error).toMatchObject({
    retryable: true,
    message: expect.stringContaining('ECS is unavailable: ServerException'),
  });
});

test('expired credentials are retryable, wrong ones are not', async () => {
  await using ecs = await openEcs();
  const message = 'The security token included in the request is expired';
  ecs.fake.fail('DescribeServices', { kind: 'refuse', type: 'ExpiredTokenException', message });
  expect(await refusal(ecs.provider.getStatus('acme'), ProviderFailedError)).toMatchObject({ retryable: true });
  ecs.fake.fail('DescribeServices', {
    kind: 'refuse',
    type: 'UnrecognizedClientException',
    message: 'The security token is invalid.',
  });
  const wrong = await refusal(ecs.provider.getStatus('acme'), ProviderFailedError);
  expect(wrong).toMatchObject({ retryable: false, message: expect.stringContaining('no valid credentials') });
});

test('an incomplete response is a failure of the provider, not of the caller', async () => {
  await using ecs = await openEcs();
  ecs.fake.fail('RegisterTaskDefinition', { kind: 'garbage' });
  const error = await refusal(ecs.provider.provision(ecsSpec('acme')), ProviderFailedError);
  expect(error.message).toContain('the response of ECS lacks the task definition');
});

test('env values that ECS quotes from the request are redacted', async () => {
  await using ecs = await openEcs();
  const message = 'Invalid value hunter2-secret in environment.';
  ecs.fake.fail('RegisterTaskDefinition', { kind: 'refuse', type: 'ClientException', message });
  const spec = ecsSpec('acme');
  const [web, ...others] = spec.containers;
  const containers = web ? [{ ...web, env: { TOKEN: 'hunter2-secret' } }, ...others] : [];
  const error = await refusal(ecs.provider.provision({ ...spec, containers }), ProvisionFailedError);
  expect(error.message).toContain('ECS refused: ClientException: Invalid value [redacted] in environment');
});

test('wrong defaults are refused at creation, with every mistake', async () => {
  const make = () =>
    createEcsProvider({ name: 'ecs', defaults: { cluster_arn: 'arn:aws:ecs:nowhere', subnets: [], unknown: 1 } });
  const { message } = await refusal(make(), InvalidProviderError);
  expect(message).toMatch(/cluster_arn must be the ARN.*subnets must be a list of 1 to 16.*unknown field: unknown/s);
});
