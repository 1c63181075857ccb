import { expect, test } from 'vitest';
import { MAX_PENDING } from '../../../../src/compute/spec/limits.ts';
import type { ContainerSpec } from '../../../../src/compute/spec/spec.ts';
import { ecsSpec, openEcs, withImage } from '../open-ecs.ts';

test('the status says what the tasks of a new version wait for, and until when', async () => {
  await using ecs = await openEcs();
  await ecs.provider.provision(ecsSpec('acme'));
  const { pending_message, pending_until } = (await ecs.provider.getStatus('acme')).metadata;
  expect(pending_message).toMatch(/^\d+ of \d+ tasks of the new version run/);
  expect(pending_message?.length).toBeLessThanOrEqual(MAX_PENDING);
  expect(Date.parse(pending_until ?? '')).toBeGreaterThan(Date.parse('2020-01-01'));
});

test('the status of a version whose tasks cannot start says why, while the old one serves', async () => {
  await using ecs = await openEcs();
  await ecs.provider.provision(ecsSpec('acme'));
  await ecs.pass(600_000);
  expect((await ecs.provider.getStatus('acme')).metadata).not.toHaveProperty('pending_message');
  await ecs.provider.update('acme', withImage(ecsSpec('acme'), 'acme/broken:pull-error'));
  const { state, metadata } = await ecs.provider.getStatus('acme');
  expect(state).toBe('running');
  expect(metadata.pending_message).toMatch(/^0 of 1 tasks of the new version run/);
});

test('a container that runs once and never ends is named, while it runs and when the time is over', async () => {
  await using ecs = await openEcs();
  const plain = ecsSpec('acme');
  const setup: ContainerSpec = { name: 'setup', image: 'hanging.example/setup:1', run: 'once' };
  await ecs.provider.provision({ ...plain, containers: [...plain.containers, setup] });
  await ecs.pass(600_000);
  const { containers, metadata } = await ecs.provider.getStatus('acme');
  expect(metadata.pending_message).toContain('setup runs once, and has not ended');
  expect(metadata.pending_message).toContain('web is PENDING (after setup)');
  expect(containers.find(({ name }) => name === 'setup')).toMatchObject({
    state: 'starting',
    ready: false,
    message: 'it runs once, and has not ended yet',
  });
  await ecs.pass(3_600_000);
  const late = await ecs.provider.getStatus('acme');
  expect(late.state).toBe('failed');
  expect(late.metadata.failure).toMatch(/not ready after \d+ s: setup runs once, and has not ended/);
});
