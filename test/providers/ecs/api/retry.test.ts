import { expect, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { defaults } from '../ecs-subject.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const THROTTLED = { kind: 'refuse', type: 'ThrottlingException', message: 'Rate exceeded' } as const;
const BROKEN = { kind: 'refuse', type: 'ServerException', message: 'Internal error', status: 500 } as const;
const BUSY = {
  kind: 'refuse',
  type: 'ClientException',
  message: 'Too many concurrent attempts to create a new revision of the specified family.',
} as const;

test.each([
  ['throttling', THROTTLED],
  ['a fault of ECS', BROKEN],
  ['a connection that is cut', { kind: 'cut before' } as const],
])('%s is sat out', async (_name, fault) => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  for (const operation of [
    'DescribeServices',
    'ListTaskDefinitions',
    'RegisterTaskDefinition',
    'CreateService',
  ] as const) {
    ecs.fake.fail(operation, fault, 2);
  }
  const before = ecs.now();
  expect((await ecs.provider.provision(spec)).status).toBe('in_progress');
  expect(ecs.now(), 'some time has passed between the attempts').toBeGreaterThan(before + 500);
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).metadata.spec_hash).toBe(specHash(spec));
});

test('whoever has no patience hears of throttling at once, but not of a read on the way that was sat out', async () => {
  await using ecs = await openEcs();
  ecs.fake.fail('DescribeServices', THROTTLED, 1);
  ecs.fake.fail('RegisterTaskDefinition', THROTTLED, 1);
  const call = { patience: 0 };
  await expect(ecs.provider.provision(ecsSpec('acme'), call)).rejects.toMatchObject({ code: 'throttled' });
  expect(ecs.calls().filter((operation) => operation === 'RegisterTaskDefinition')).toHaveLength(1);
  expect((await ecs.provider.provision(ecsSpec('acme'), call)).status).toBe('in_progress');
  ecs.fake.fail('DescribeServices', THROTTLED, 1);
  await expect(ecs.provider.getStatus('acme', call)).rejects.toMatchObject({ code: 'throttled' });
});

test('a family that others register at the same time is waited for', async () => {
  await using ecs = await openEcs();
  ecs.fake.fail('RegisterTaskDefinition', BUSY, 3);
  expect((await ecs.provider.provision(ecsSpec('acme'))).status).toBe('in_progress');
});

test('a service whose creation was not answered is made once: the repeated call carries the same token', async () => {
  await using ecs = await openEcs();
  ecs.fake.fail('CreateService', { kind: 'cut after' });
  expect((await ecs.provider.provision(ecsSpec('acme'))).status).toBe('in_progress');
  const tokens = ecs.fake.calls
    .filter(({ operation }) => operation === 'CreateService')
    .map(({ input }) => input.clientToken);
  expect(tokens).toHaveLength(2);
  expect(new Set(tokens).size).toBe(1);
  expect(String(tokens[0])).toMatch(/^[!-~]{1,36}$/);
  expect(ecs.fake.state.services.size).toBe(1);
});

test('the token of a tenant that comes back is another one', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  await ecs.provider.destroy('acme');
  await ecs.pass(ROLLOUT);
  await bringUp(ecs, spec);
  const tokens = ecs.fake.calls
    .filter(({ operation }) => operation === 'CreateService')
    .map(({ input }) => input.clientToken);
  expect(new Set(tokens).size).toBe(2);
});

test('the pauses of calls grow, and differ from caller to caller', async () => {
  await using ecs = await openEcs();
  const pausesWith = async (random: number) => {
    const pauses: number[] = [];
    const provider = ecs.provide({
      random: () => random,
      sleep: async (milliseconds) => void pauses.push(milliseconds),
    });
    ecs.fake.fail('DescribeServices', THROTTLED, 6);
    await provider.getStatus('acme').catch(() => undefined);
    return pauses;
  };
  const [short, long] = [await pausesWith(0), await pausesWith(1)];
  expect(long).toEqual([200, 400, 800, 1600, 3200, 5000]);
  expect(short).toEqual([20, 40, 80, 160, 320, 500]);
});

test('a rate of one registration a second is lived with, by as many tenants as come at once', async () => {
  await using ecs = await openEcs({
    rates: { 'definition writes': { burst: 1, perSecond: 1 }, 'service writes': { burst: 5, perSecond: 5 } },
  });
  const ids = Array.from({ length: 8 }, (_, index) => `tenant-${index}`);
  const answers = await Promise.all(ids.map((id) => ecs.provider.provision(ecsSpec(id))));
  expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 'in_progress'));
});

test('a task definition is registered only where none of the same content is active', async () => {
  await using ecs = await openEcs();
  const first = ecsSpec('acme');
  const second = withImage(first, 'good.example/app:2');
  await bringUp(ecs, first);
  for (const spec of [second, first, second, first]) {
    await ecs.provider.update('acme', spec);
    await ecs.pass(ROLLOUT);
    expect((await ecs.provider.getStatus('acme')).metadata.spec_hash).toBe(specHash(spec));
  }
  const registered = ecs.calls().filter((operation) => operation === 'RegisterTaskDefinition');
  expect(registered).toHaveLength(2);
  expect(ecs.fake.call('ListTaskDefinitions', {})).toMatchObject({
    taskDefinitionArns: [expect.anything(), expect.anything()],
  });
});

test('of many versions the last few stay, and going back to one of them registers nothing', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  for (let version = 2; version <= 8; version += 1) {
    await ecs.provider.update('acme', withImage(spec, `good.example/app:${version}`));
    await ecs.pass(ROLLOUT);
  }
  const { taskDefinitionArns } = ecs.fake.call('ListTaskDefinitions', {}) as { taskDefinitionArns: string[] };
  expect(taskDefinitionArns.map((arn) => arn.split(':').at(-1))).toEqual(['4', '5', '6', '7', '8']);
  ecs.calls();
  await ecs.provider.update('acme', withImage(spec, 'good.example/app:5'));
  expect(ecs.calls()).not.toContain('RegisterTaskDefinition');
});

test('services are described ten at a time', async () => {
  await using ecs = await openEcs();
  const ids = Array.from({ length: 23 }, (_, index) => `tenant-${String(index).padStart(2, '0')}`);
  for (const id of ids) await ecs.provider.provision(ecsSpec(id));
  await ecs.pass(ROLLOUT);
  ecs.calls();
  const listed: string[] = [];
  for await (const tenant of ecs.provider.list()) listed.push(tenant.tenant_id);
  expect(listed.toSorted()).toEqual(ids);
  const described = ecs.calls().filter((operation) => operation === 'DescribeServices');
  expect(described).toHaveLength(3);
});

test('with a status that is settled, five calls are made', async () => {
  await using ecs = await openEcs();
  await bringUp(ecs, ecsSpec('acme'));
  ecs.calls();
  await ecs.provider.getStatus('acme');
  expect(ecs.calls().toSorted()).toEqual([
    'DescribeServices',
    'DescribeTaskDefinition',
    'DescribeTasks',
    'ListServiceDeployments',
    'ListTasks',
  ]);
});

test('an aborted signal ends the waiting for ECS', async () => {
  await using ecs = await openEcs();
  const abort = new AbortController();
  const reason = new Error('left');
  const provider = ecs.provide({
    defaults,
    sleep: async (_milliseconds, signal) => {
      abort.abort(reason);
      signal?.throwIfAborted();
    },
  });
  ecs.fake.fail('DescribeServices', THROTTLED, 10);
  await expect(provider.getStatus('acme', { signal: abort.signal })).rejects.toBe(reason);
});
