import { expect, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

test('a task definition is registered only if no active one has the same content', async () => {
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

test('the last few task definitions are kept, and a rollback to one of them registers nothing', async () => {
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
