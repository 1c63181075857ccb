import { expect, test } from 'vitest';
import { deploymentDigest } from '../../../../src/providers/ecs/status/run-state.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT } from '../open-ecs.ts';

function serviceOf({ fake }: Awaited<ReturnType<typeof openEcs>>) {
  return [...fake.state.services.values()][0];
}

test('a stop keeps the number of tasks that an autoscaler set, and a start restores it', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  ecs.fake.call('UpdateService', { cluster: 'tenants', service: 'berth-ecs_acme', desiredCount: 3 });
  await ecs.pass(ROLLOUT);
  await ecs.provider.stop?.('acme');
  expect(serviceOf(ecs)?.service.desiredCount).toBe(0);
  expect(await ecs.provider.getStatus('acme')).toMatchObject({ state: 'stopping', metadata: { stopped: 'true' } });
  await ecs.pass(ROLLOUT);
  expect(await ecs.provider.getStatus('acme')).toMatchObject({
    state: 'stopped',
    containers: [
      { name: 'web', state: 'stopped' },
      { name: 'worker', state: 'stopped' },
    ],
  });
  await ecs.provider.update('acme', spec);
  expect(serviceOf(ecs)?.service.desiredCount).toBe(3);
  await ecs.pass(ROLLOUT);
  const { state, metadata } = await ecs.provider.getStatus('acme');
  expect(state).toBe('running');
  expect(metadata.stopped).toBeUndefined();
  expect(serviceOf(ecs)?.tags.get('berth.requested')).not.toContain('stopped');
});

test('a restart is in the tag of the service before it begins, and a repetition begins no other', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const before = serviceOf(ecs)?.deployments[0]?.deployment.id;
  await ecs.provider.update('acme', spec, { restart: 'life.2' });
  expect(serviceOf(ecs)?.tags.get('berth.requested')).toMatch(
    new RegExp(`@restart:life.2:${deploymentDigest(before)}$`),
  );
  expect((await ecs.provider.getStatus('acme')).metadata.pending_restart).toBe('life.2');
  const begun = serviceOf(ecs)?.deployments[0]?.deployment.id;
  expect(begun).not.toBe(before);
  expect((await ecs.provider.update('acme', spec, { restart: 'life.2' })).status).toBe('in_progress');
  await ecs.pass(ROLLOUT);
  expect(serviceOf(ecs)?.deployments.map(({ deployment }) => deployment.id)).toEqual([begun]);
  expect((await ecs.provider.getStatus('acme')).metadata.restart).toBe('life.2');
});
