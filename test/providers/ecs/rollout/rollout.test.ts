import { expect, test } from 'vitest';
import { OperationInProgressError, TenantNotFoundError } from '../../../../src/compute/errors.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { fargateTiming } from '../../../support/fake-ecs/ecs-state.ts';
import { reconcile } from '../../../support/fake-ecs/rollout.ts';
import { endTask } from '../../../support/fake-ecs/task-life.ts';
import { defaults } from '../ecs-subject.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

test('a provision returns at once, and the status reports when the tenant runs', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  const answer = await ecs.provider.provision(spec);
  expect(answer).toMatchObject({ status: 'in_progress', message: expect.stringContaining('starting the tasks') });
  const early = await ecs.provider.getStatus('acme');
  expect(early).toMatchObject({ state: 'starting', health: 'unknown', endpoints: [] });
  expect(early.metadata).toMatchObject({ pending_spec_hash: specHash(spec) });
  await ecs.pass(fargateTiming.provision + fargateTiming.start);
  const young = await ecs.provider.getStatus('acme');
  expect(young.state, 'before the task has run for long enough').toBe('starting');
  expect(young.containers).toMatchObject([{ name: 'web', state: 'running', ready: true }, { name: 'worker' }]);
  await ecs.pass(ROLLOUT);
  const status = await ecs.provider.getStatus('acme');
  expect(status).toMatchObject({ state: 'running', metadata: { spec_hash: specHash(spec) } });
  expect(status.metadata.pending_spec_hash).toBeUndefined();
  expect(status.endpoints).toEqual([{ type: 'tcp', address: expect.stringMatching(/^10\./), port: 8080 }]);
});

test('after a rollback by the circuit breaker the status explains the failure until the next update', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const broken = withImage(spec, 'missing.example/app:2');
  expect(await ecs.provider.update('acme', broken)).toMatchObject({
    status: 'in_progress',
    changes: ['/containers/web/image'],
  });
  await ecs.pass(fargateTiming.provision + fargateTiming.start);
  const during = await ecs.provider.getStatus('acme');
  expect(during).toMatchObject({
    state: 'running',
    metadata: { spec_hash: specHash(spec), pending_spec_hash: specHash(broken) },
  });
  for (let minutes = 0; minutes < 30; minutes += 10) {
    await ecs.pass(10 * 60_000);
    const { state, metadata } = await ecs.provider.getStatus('acme');
    expect(state).toBe('running');
    expect(metadata).toMatchObject({ spec_hash: specHash(spec), failed_spec_hash: specHash(broken) });
    expect(metadata.pending_spec_hash).toBeUndefined();
    expect(metadata.failure).toMatch(
      /image does not exist or may not be pulled: .*CannotPullContainerError.*missing\.example\/app:2.*Check the name/s,
    );
  }
  const next = withImage(spec, 'good.example/app:3');
  await ecs.provider.update('acme', next);
  await ecs.pass(ROLLOUT);
  const { metadata } = await ecs.provider.getStatus('acme');
  expect(metadata.spec_hash).toBe(specHash(next));
  expect(metadata.failed_spec_hash).toBeUndefined();
});

test('during a rollback the old version serves, and the new one is no longer pending', async () => {
  await using ecs = await openEcs({ timing: { stop: 600_000 } });
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const broken = withImage(spec, 'hanging.example/app:2');
  await ecs.provider.update('acme', broken);
  await ecs.pass(ROLLOUT);
  const [record] = ecs.fake.state.services.values();
  const [primary, older] = record?.deployments ?? [];
  // ECS reports this state when the threshold is reached while tasks of the new version are still stopping.
  Object.assign(primary?.history ?? {}, { status: 'ROLLBACK_IN_PROGRESS' });
  Object.assign(primary?.deployment ?? {}, { status: 'ACTIVE', rolloutState: 'FAILED' });
  Object.assign(older?.deployment ?? {}, {
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${older?.deployment.id}.`,
  });
  const { state, metadata } = await ecs.provider.getStatus('acme');
  expect(state).toBe('running');
  expect(metadata).toMatchObject({ spec_hash: specHash(spec), failed_spec_hash: specHash(broken) });
  expect(metadata.pending_spec_hash).toBeUndefined();
});

test('a first version that does not start has failed, and provisioning it again retries it', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme', {}, 'crashing.example');
  await ecs.provider.provision(spec);
  await ecs.pass(fargateTiming.provision + fargateTiming.start + fargateTiming.check);
  const after = await ecs.provider.getStatus('acme');
  expect(after).toMatchObject({ state: 'starting', metadata: { pending_spec_hash: specHash(spec) } });
  await ecs.pass(5 * ROLLOUT);
  const failed = await ecs.provider.getStatus('acme');
  expect(failed).toMatchObject({
    state: 'failed',
    health: 'unhealthy',
    metadata: { failed_spec_hash: specHash(spec) },
  });
  expect(failed.metadata.failure).toMatch(
    /a container exited: .*Essential container in task exited; web exited with code 1/,
  );
  expect(failed.containers).toMatchObject([{ name: 'web', state: 'failed', ready: false }, { name: 'worker' }]);
  expect(failed.containers[0]?.message).toContain('exited with code 1');
  expect((await ecs.provider.provision(spec)).status).toBe('in_progress');
  const again = await ecs.provider.getStatus('acme');
  expect(again).toMatchObject({ state: 'starting', metadata: { pending_spec_hash: specHash(spec) } });
  expect(again.metadata.failed_spec_hash).toBeUndefined();
});

test('a rollout without progress fails after its timeout, and the same version can be requested again', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const stuck = withImage(spec, 'hanging.example/app:2');
  await ecs.provider.update('acme', stuck);
  await ecs.pass(14 * 60_000);
  expect((await ecs.provider.getStatus('acme')).metadata.pending_spec_hash).toBe(specHash(stuck));
  await ecs.pass(2 * 60_000);
  const { state, metadata } = await ecs.provider.getStatus('acme');
  expect(state).toBe('running');
  expect(metadata).toMatchObject({ spec_hash: specHash(spec), failed_spec_hash: specHash(stuck) });
  expect(metadata.failure).toContain('not ready after 960 s');
  expect((await ecs.provider.update('acme', stuck)).status).toBe('in_progress');
  expect((await ecs.provider.getStatus('acme')).metadata.pending_spec_hash).toBe(specHash(stuck));
});

test('a container that exceeds its memory is named as the reason', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme', {}, 'greedy.example');
  await bringUp(ecs, spec);
  await ecs.pass(5 * ROLLOUT);
  const { metadata } = await ecs.provider.getStatus('acme');
  expect(metadata.failure).toMatch(/exceeded its memory: .*OutOfMemoryError.*Ask for more memory/);
});

test('health is the result of the containers’ health checks', async () => {
  await using ecs = await openEcs();
  const health_check = { type: 'http', http_path: '/up', interval_seconds: 10, timeout_seconds: 4 } as const;
  const checked = (tenantId: string, registry?: string) => {
    const spec = ecsSpec(tenantId, {}, registry);
    return ecsSpec(tenantId, {
      containers: spec.containers.map((one, index) =>
        index === 0 ? { ...one, health_check: { ...health_check, healthy_threshold: 1, unhealthy_threshold: 3 } } : one,
      ),
    });
  };
  const healthy = await bringUp(ecs, checked('acme'));
  expect(healthy).toMatchObject({ state: 'running', health: 'healthy' });
  expect(healthy.endpoints[0]).toMatchObject({ type: 'http', url: expect.stringMatching(/^http:\/\/10\..*:8080$/) });
  await bringUp(ecs, checked('sick', 'unhealthy.example'));
  await ecs.pass(5 * ROLLOUT);
  const sick = await ecs.provider.getStatus('sick');
  expect(sick).toMatchObject({ state: 'failed', health: 'unhealthy' });
  expect(sick.metadata.failure).toMatch(/failed its health check: .*Task failed container health checks/);
});

test('destroy waits for a limited time: then the tenant is stopping, and a provision has to be retried', async () => {
  await using ecs = await openEcs({ timing: { stop: 120_000 } });
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const before = ecs.now();
  await ecs.provider.destroy('acme');
  expect(ecs.now() - before, 'milliseconds waited').toBeLessThanOrEqual(5000);
  expect(await ecs.provider.getStatus('acme')).toMatchObject({ state: 'stopping', containers: [] });
  for (const call of [ecs.provider.provision(spec), ecs.provider.update('acme', spec)]) {
    const error = await refusal(call, OperationInProgressError);
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('still stopping') });
  }
  await ecs.provider.destroy('acme');
  await ecs.pass(120_000);
  await refusal(ecs.provider.getStatus('acme'), TenantNotFoundError);
  expect((await ecs.provider.provision(spec)).status).toBe('in_progress');
});

test('an update with the same specification reverts changes made by hand', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const service = 'berth-ecs_acme';
  ecs.fake.call('UpdateService', { cluster: 'tenants', service, desiredCount: 0 });
  expect((await ecs.provider.getStatus('acme')).state).toBe('stopped');
  expect((await ecs.provider.update('acme', spec)).status).toBe('in_progress');
  await ecs.pass(ROLLOUT);
  expect(await ecs.provider.getStatus('acme')).toMatchObject({
    state: 'running',
    metadata: { spec_hash: specHash(spec) },
  });
  expect((await ecs.provider.update('acme', spec)).status).toBe('no_changes');
});

test('an update with the same specification rolls out changed settings of the operator', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const other = ecs.provide({ defaults: { ...defaults, subnets: ['subnet-0bbbbbbb'], log_group: '/tenants' } });
  expect(await other.update('acme', spec)).toMatchObject({ status: 'in_progress', changes: [] });
  await ecs.pass(ROLLOUT);
  expect(await other.getStatus('acme')).toMatchObject({ state: 'running', metadata: { spec_hash: specHash(spec) } });
  expect((await other.update('acme', spec)).status).toBe('no_changes');
});

test('replaced tasks are not reported as a problem of the version that starts', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  await ecs.provider.destroy('acme');
  await ecs.pass(ROLLOUT);
  await ecs.provider.provision(spec);
  await ecs.pass(fargateTiming.visible);
  const { state, containers } = await ecs.provider.getStatus('acme');
  expect(state).toBe('starting');
  expect(containers.map(({ message }) => message)).toEqual(['', '']);
});

test('tasks that exit after the rollout are reported, and ECS replaces them', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme');
  await bringUp(ecs, spec);
  const { state } = ecs.fake;
  const [task] = state.tasks;
  const [service] = state.services.values();
  if (!task || !service) throw new Error('the service has no task');
  endTask(state, task, { reason: 'Essential container in task exited', code: 'EssentialContainerExited', exitCode: 1 });
  reconcile(state, service, task);
  const lost = await ecs.provider.getStatus('acme');
  expect(lost).toMatchObject({ health: 'unhealthy', metadata: { spec_hash: specHash(spec) } });
  expect(lost.containers[0]?.message).toContain('a container exited: Essential container in task exited');
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).state).toBe('running');
});
