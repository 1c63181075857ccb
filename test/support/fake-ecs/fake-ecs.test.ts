import { expect, test } from 'vitest';
import { creation, definition, first, many, openBare, second, withContainer } from './bare-ecs.ts';
import { fargateTiming } from './ecs-state.ts';

const HOUR = 3_600_000;
const describe = { cluster: 'tenants', services: ['app'] };
const ofApp = { cluster: 'tenants', serviceName: 'app' };

test('a service is visible only after a while, and times are dates', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  const { service } = await ecs.send('CreateService', creation);
  expect(service?.createdAt).toEqual(new Date('2026-11-01T00:00:00Z'));
  const early = await ecs.send('DescribeServices', describe);
  expect(early).toMatchObject({ services: [], failures: [{ reason: 'MISSING' }] });
  ecs.pass(fargateTiming.visible);
  expect((await ecs.send('DescribeServices', describe)).services).toMatchObject([
    { status: 'ACTIVE', desiredCount: 1 },
  ]);
  expect((await ecs.send('ListServices', { cluster: 'tenants' })).serviceArns).toEqual([service?.serviceArn]);
});

test('a service is created once: an equal request returns it, another one is refused', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  const made = await ecs.send('CreateService', { ...creation, clientToken: 'a' });
  ecs.pass(1000);
  const again = await ecs.send('CreateService', { ...creation, clientToken: 'a' });
  expect(again.service?.createdAt).toEqual(made.service?.createdAt);
  const refusal = 'InvalidParameterException: Creation of service was not idempotent.';
  expect(await ecs.refused('CreateService', { ...creation, desiredCount: 2, clientToken: 'a' })).toBe(refusal);
  expect(await ecs.refused('CreateService', { ...creation, desiredCount: 2, clientToken: 'b' })).toBe(refusal);
  expect(ecs.fake.state.services.size).toBe(1);
});

test('a deleted service drains, is not listed, and keeps its name until its tasks have stopped', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', creation);
  ecs.pass(10 * 60_000);
  const deletion = { cluster: 'tenants', service: 'app' };
  expect(await ecs.refused('DeleteService', deletion)).toContain('cannot be stopped while it is scaled above 0.');
  expect((await ecs.send('DeleteService', { ...deletion, force: true })).service?.status).toBe('DRAINING');
  expect((await ecs.send('ListServices', { cluster: 'tenants' })).serviceArns).toEqual([]);
  expect(await ecs.refused('CreateService', creation)).toContain('Unable to Start a service that is still Draining.');
  expect(await ecs.refused('UpdateService', deletion)).toBe('ServiceNotActiveException: Service was not ACTIVE.');
  ecs.pass(fargateTiming.stop);
  expect((await ecs.send('DescribeServices', describe)).services).toMatchObject([{ status: 'INACTIVE' }]);
  expect(await ecs.refused('DeleteService', deletion)).toBe('ServiceNotFoundException: Service not found.');
  expect((await ecs.send('CreateService', creation)).service?.status).toBe('ACTIVE');
});

test('task definitions are deleted once nothing uses them, and their numbers are not reused', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', creation);
  ecs.pass(10 * 60_000);
  const taskDefinitions = [first ?? ''];
  const early = await ecs.send('DeleteTaskDefinitions', { taskDefinitions });
  expect(early.failures).toMatchObject([{ reason: expect.stringContaining('still in ACTIVE status') }]);
  await ecs.send('DeregisterTaskDefinition', { taskDefinition: first });
  const inactive = 'ClientException: TaskDefinition is inactive';
  expect(await ecs.refused('CreateService', { ...creation, serviceName: 'other' })).toBe(inactive);
  const restart = { cluster: 'tenants', service: 'app', forceNewDeployment: true };
  expect(await ecs.refused('UpdateService', restart)).toBe(inactive);
  await ecs.send('DeleteTaskDefinitions', { taskDefinitions });
  const ending = await ecs.send('DescribeTaskDefinition', { taskDefinition: first });
  expect(ending.taskDefinition?.status).toBe('DELETE_IN_PROGRESS');
  await ecs.send('DeleteService', { cluster: 'tenants', service: 'app', force: true });
  ecs.pass(fargateTiming.stop);
  await ecs.send('ListServices', { cluster: 'tenants' });
  const missing = 'ClientException: Unable to describe task definition.';
  expect(await ecs.refused('DescribeTaskDefinition', { taskDefinition: first })).toBe(missing);
  expect((await ecs.send('ListTaskDefinitionFamilies', {})).families).toEqual([]);
  expect((await ecs.send('RegisterTaskDefinition', definition)).taskDefinition?.revision).toBe(2);
});

test('lists have pages, and at most ten services are described per call', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  for (const index of many(25)) await ecs.send('CreateService', { ...creation, serviceName: `app-${index}` });
  ecs.pass(fargateTiming.visible);
  const seen: string[] = [];
  const sizes: number[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send('ListServices', { cluster: 'tenants', nextToken });
    seen.push(...(page.serviceArns ?? []));
    sizes.push(page.serviceArns?.length ?? 0);
    nextToken = page.nextToken;
  } while (nextToken);
  expect(sizes).toEqual([10, 10, 5]);
  expect(new Set(seen).size).toBe(25);
  expect(await ecs.refused('DescribeServices', { ...describe, services: seen.slice(0, 11) })).toContain('more than 10');
  expect(await ecs.refused('ListServices', { cluster: 'tenants', maxResults: 101 })).toContain('between 1 and 100');
  expect(await ecs.refused('ListServices', { cluster: 'tenants', nextToken: 'x' })).toContain('Invalid token');
});

test.each([
  [1, 3],
  [4, 3],
  [10, 5],
])('with %i tasks the circuit breaker trips after %i failures', async (desiredCount, threshold) => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', withContainer({ image: 'missing.example/app' }));
  await ecs.send('CreateService', { ...creation, desiredCount });
  ecs.pass(HOUR / 2);
  const { services } = await ecs.send('DescribeServices', describe);
  expect(services?.[0]?.deployments).toMatchObject([
    {
      status: 'PRIMARY',
      rolloutState: 'FAILED',
      failedTasks: threshold,
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    },
  ]);
});

test('a rollback returns to the completed deployment, whose tasks keep running', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('RegisterTaskDefinition', withContainer({ image: 'missing.example/app' }));
  await ecs.send('CreateService', creation);
  ecs.pass(HOUR / 4);
  const before = (await ecs.send('DescribeServices', describe)).services?.[0]?.deployments?.[0];
  const { taskArns } = await ecs.send('ListTasks', ofApp);
  await ecs.send('UpdateService', { cluster: 'tenants', service: 'app', taskDefinition: second });
  ecs.pass(HOUR / 4);
  const { services } = await ecs.send('DescribeServices', describe);
  expect(services?.[0]?.deployments).toMatchObject([{ id: before?.id, status: 'PRIMARY', rolloutState: 'COMPLETED' }]);
  expect((await ecs.send('ListTasks', ofApp)).taskArns).toEqual(taskArns);
  const history = await ecs.send('ListServiceDeployments', { cluster: 'tenants', service: 'app' });
  expect(history.serviceDeployments?.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL']);
  const target = history.serviceDeployments?.[1]?.targetServiceRevisionArn ?? '';
  const { serviceRevisions } = await ecs.send('DescribeServiceRevisions', { serviceRevisionArns: [target] });
  expect(serviceRevisions).toMatchObject([{ taskDefinition: second }]);
});

test('stopped tasks have a reason, and are shown for an hour', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', withContainer({ image: 'missing.example/app' }));
  await ecs.send('CreateService', creation);
  ecs.pass(HOUR / 2);
  const ended = await ecs.send('ListTasks', { ...ofApp, desiredStatus: 'STOPPED' });
  const { tasks } = await ecs.send('DescribeTasks', { cluster: 'tenants', tasks: ended.taskArns });
  const stoppedReason = expect.stringContaining('CannotPullContainerError');
  expect(tasks?.[0]).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason });
  ecs.pass(HOUR);
  expect((await ecs.send('ListTasks', { ...ofApp, desiredStatus: 'STOPPED' })).taskArns).toEqual([]);
});

test('each group of operations is throttled by a bucket that refills', async () => {
  await using ecs = await openBare({ rates: { 'definition writes': { burst: 1, perSecond: 1 } } });
  await ecs.send('RegisterTaskDefinition', definition);
  expect(await ecs.refused('RegisterTaskDefinition', definition)).toBe('ThrottlingException: Rate exceeded');
  expect(await ecs.refused('ListTaskDefinitions', {})).toBeUndefined();
  ecs.pass(1000);
  expect(await ecs.refused('RegisterTaskDefinition', definition)).toBeUndefined();
});

test('launches are throttled too: a task over the limit starts later', async () => {
  await using ecs = await openBare({ rates: { launches: { burst: 1, perSecond: 1 } } });
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', creation);
  await ecs.send('CreateService', { ...creation, serviceName: 'other' });
  const tasks = async () => (await ecs.send('ListTasks', { cluster: 'tenants' })).taskArns?.length;
  expect(await tasks()).toBe(1);
  ecs.pass(fargateTiming.retry);
  expect(await tasks()).toBe(2);
});

test('tags of an active service can be changed, up to fifty', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  const { service } = await ecs.send('CreateService', { ...creation, tags: [{ key: 'a', value: '1' }] });
  const resourceArn = service?.serviceArn;
  ecs.pass(fargateTiming.visible);
  await ecs.send('TagResource', { resourceArn, tags: [{ key: 'b', value: '2' }] });
  await ecs.send('UntagResource', { resourceArn, tagKeys: ['a'] });
  const { services } = await ecs.send('DescribeServices', { ...describe, include: ['TAGS'] });
  expect(services?.[0]?.tags).toEqual([{ key: 'b', value: '2' }]);
  const tags = many(50).map((index) => ({ key: `k${index}`, value: '' }));
  expect(await ecs.refused('TagResource', { resourceArn, tags })).toContain('maximum number of tags');
});
