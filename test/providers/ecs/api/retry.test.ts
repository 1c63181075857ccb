import { expect, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { defaults } from '../ecs-subject.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT } from '../open-ecs.ts';

const THROTTLED = { kind: 'refuse', type: 'ThrottlingException', message: 'Rate exceeded' } as const;
const OUTAGE = { kind: 'refuse', type: 'ServerException', message: 'Internal error', status: 500 } as const;
const BUSY = {
  kind: 'refuse',
  type: 'ClientException',
  message: 'Too many concurrent attempts to create a new revision of the specified family.',
} as const;

test.each([
  ['throttling', THROTTLED],
  ['an outage of ECS', OUTAGE],
  ['a lost connection', { kind: 'cut before' } as const],
])('%s is retried', async (_name, fault) => {
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
  expect(ecs.now(), 'pauses between attempts').toBeGreaterThan(before + 500);
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).metadata.spec_hash).toBe(specHash(spec));
});

test('with patience 0 throttling of a change is thrown at once, while reads before it are retried', async () => {
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

test('concurrent registrations in a family are retried', async () => {
  await using ecs = await openEcs();
  ecs.fake.fail('RegisterTaskDefinition', BUSY, 3);
  expect((await ecs.provider.provision(ecsSpec('acme'))).status).toBe('in_progress');
});

test('a service is created once if the response is lost: the repeated call has the same token', async () => {
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

test('a tenant that is provisioned again after a destroy gets another token', async () => {
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

test('pauses grow exponentially up to five seconds, with jitter', async () => {
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

test('concurrent provisions succeed within a rate of one registration a second', async () => {
  await using ecs = await openEcs({
    rates: { 'definition writes': { burst: 1, perSecond: 1 }, 'service writes': { burst: 5, perSecond: 5 } },
  });
  const ids = Array.from({ length: 8 }, (_, index) => `tenant-${index}`);
  const results = await Promise.all(ids.map((id) => ecs.provider.provision(ecsSpec(id))));
  expect(results.map(({ status }) => status)).toEqual(ids.map(() => 'in_progress'));
});

test('an aborted signal ends the pause before a retry', async () => {
  await using ecs = await openEcs();
  const abort = new AbortController();
  const reason = new Error('cancelled');
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
