import { expect, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { defaults, mortalClient } from '../ecs-subject.ts';
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

test('an update that was killed between any two changes is finished by an equal one, and old revisions go', async () => {
  await using ecs = await openEcs();
  const settings = { ...defaults, revisions_kept: 1 };
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const provider = ecs.provide({ defaults: settings });
  const seen = new Set<boolean>();
  const arnsOf = (status: string) =>
    (ecs.fake.call('ListTaskDefinitions', { status }) as { taskDefinitionArns: string[] }).taskDefinitionArns;
  for (let at = 1, isDead = true; isDead; at += 1) {
    const next = withImage(spec, `good.example/app:${at + 1}`);
    const { client, died } = mortalClient(ecs.client, at);
    const mortal = ecs.provide({ client, defaults: settings });
    await mortal.update('acme', next).catch(() => undefined);
    isDead = died();
    await ecs.pass(ROLLOUT);
    const { metadata } = await provider.getStatus('acme');
    if (metadata.spec_hash === specHash(next)) seen.add(metadata.open_steps !== undefined);
    await provider.update('acme', next);
    await ecs.pass(ROLLOUT);
    const after = await provider.getStatus('acme');
    expect(after.metadata).toMatchObject({ spec_hash: specHash(next) });
    expect(after.metadata.open_steps).toBeUndefined();
    expect((await provider.update('acme', next)).status).toBe('no_changes');
    expect(arnsOf('INACTIVE'), `revisions that are deregistered only, after a kill at change ${at}`).toEqual([]);
    expect(arnsOf('ACTIVE').length, `revisions after a kill at change ${at}`).toBeLessThanOrEqual(3);
  }
  expect([...seen].toSorted(), 'open steps while the new version serves').toEqual([false, true]);
});
