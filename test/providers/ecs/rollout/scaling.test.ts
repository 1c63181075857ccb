import { expect, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { defaults, mortalClient } from '../ecs-subject.ts';
import { bringUp, ecsSpec, issuesOf, type OpenEcs, openEcs, plan, ROLLOUT, withImage } from '../open-ecs.ts';

const ID = 'service/tenants/berth-ecs_acme';
const resource = {
  ServiceNamespace: 'ecs',
  ResourceId: ID,
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;
const autoscaling = { min: 2, max: 6, cpu_percent: 60, memory_percent: 80 };
const scaled = { ...defaults, desired_count: 3, autoscaling };

/** Changes the number of tasks, as Application Auto Scaling or an operator does. */
function scaleTo(ecs: OpenEcs, desiredCount: number): void {
  ecs.fake.call('UpdateService', { cluster: 'tenants', service: 'berth-ecs_acme', desiredCount });
}

function countOf(ecs: OpenEcs): number | undefined {
  return [...ecs.fake.state.services.values()][0]?.service.desiredCount;
}

function targetOf(ecs: OpenEcs) {
  const found = ecs.fake.state.targets.get(ID);
  return found && { ...found.target, policies: [...found.policies.keys()].sort() };
}

test('the setting registers a target and a policy for each metric, and desired_count is the number at first', async () => {
  await using ecs = await openEcs();
  const provider = ecs.provide({ defaults: scaled });
  await bringUp({ ...ecs, provider }, ecsSpec('acme'));
  expect(countOf(ecs)).toBe(3);
  expect(targetOf(ecs)).toMatchObject({ MinCapacity: 2, MaxCapacity: 6, policies: ['berth-cpu', 'berth-memory'] });
  const [policy] = ecs.fake.state.targets.get(ID)?.policies.values() ?? [];
  expect(policy?.TargetTrackingScalingPolicyConfiguration).toEqual({
    TargetValue: 60,
    PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
  });
  expect((await provider.getStatus('acme')).metadata.open_steps).toBeUndefined();
});

test('no update changes the number of tasks that scaling decided', async () => {
  await using ecs = await openEcs();
  const provider = ecs.provide({ defaults: scaled });
  await bringUp({ ...ecs, provider }, ecsSpec('acme'));
  scaleTo(ecs, 5);
  await ecs.pass(ROLLOUT);
  expect((await provider.update('acme', ecsSpec('acme'))).status).toBe('no_changes');
  for (const changed of [
    ecsSpec('acme', { labels: { team: 'blue' } }),
    ecsSpec('acme', { provider_config: { desired_count: 4 } }),
  ]) {
    await provider.update('acme', changed);
    await ecs.pass(ROLLOUT);
    expect(countOf(ecs)).toBe(5);
  }
  const sent = ecs.fake.calls.filter(({ operation }) => operation === 'UpdateService');
  for (const { input } of sent) expect(input).not.toHaveProperty('desiredCount');
});

test('a number outside of the range, and none at all, is corrected', async () => {
  await using ecs = await openEcs();
  const provider = ecs.provide({ defaults: scaled });
  await bringUp({ ...ecs, provider }, ecsSpec('acme'));
  for (const [wrong, right] of [
    [9, 6],
    [1, 2],
    [0, 3],
  ] as const) {
    scaleTo(ecs, wrong);
    await provider.update('acme', ecsSpec('acme'));
    expect(countOf(ecs)).toBe(right);
    await ecs.pass(ROLLOUT);
  }
});

test('the number of tasks is left alone where another controller scales it, and set where nothing does', async () => {
  await using ecs = await openEcs();
  await bringUp(ecs, ecsSpec('acme'));
  const next = (team: string) => ecsSpec('acme', { labels: { team } });
  ecs.fake.call('RegisterScalableTarget', { ...resource, MinCapacity: 1, MaxCapacity: 10 });
  scaleTo(ecs, 5);
  await ecs.provider.update('acme', next('blue'));
  await ecs.pass(ROLLOUT);
  expect(countOf(ecs)).toBe(5);
  expect((await ecs.provider.update('acme', next('blue'))).status).toBe('no_changes');
  ecs.fake.call('DeregisterScalableTarget', resource);
  await ecs.provider.update('acme', next('green'));
  expect(countOf(ecs)).toBe(1);
});

test('policies that nothing asks for any more go, and those of others stay', async () => {
  await using ecs = await openEcs();
  await bringUp({ ...ecs, provider: ecs.provide({ defaults: scaled }) }, ecsSpec('acme'));
  ecs.fake.call('PutScalingPolicy', {
    ...resource,
    PolicyName: 'by-hand',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
  });
  const provider = ecs.provide({ defaults: { ...scaled, autoscaling: { min: 1, max: 6, cpu_percent: 70 } } });
  await provider.update('acme', ecsSpec('acme'));
  expect(targetOf(ecs)).toMatchObject({ MinCapacity: 1, policies: ['berth-cpu', 'by-hand'] });
  const { policies } = ecs.fake.state.targets.get(ID) ?? { policies: new Map() };
  expect(policies.get('berth-cpu')?.TargetTrackingScalingPolicyConfiguration.TargetValue).toBe(70);
});

test('a tenant may choose its scaling if the operator allows it, up to the number of tasks that is allowed', async () => {
  const asking = ecsSpec('acme', { provider_config: { autoscaling: { max: 20, cpu_percent: 50 } } });
  const pointer = '/provider_config/autoscaling';
  expect(issuesOf(asking)).toEqual([{ pointer, message: expect.stringContaining('allow.autoscaling') }]);
  expect(issuesOf(asking, { allow: { autoscaling: true } })).toEqual([
    { pointer: `${pointer}/max`, message: 'max must be at most 10 (allow.desired_count)' },
  ]);
  expect(plan(asking, { allow: { autoscaling: true, desired_count: 20 } }).scaling).toMatchObject({ min: 1, max: 20 });
  for (const [wrong, at, message] of [
    [{ min: 3, max: 2, cpu_percent: 50 }, `${pointer}/max`, 'max must be at least min'],
    [{ max: 2 }, pointer, 'autoscaling needs a target: cpu_percent, memory_percent or requests_per_task'],
    [{ max: 2, requests_per_task: 5 }, `${pointer}/requests_per_task`, 'requests_per_task needs load_balancer'],
  ] as const) {
    const issues = issuesOf(ecsSpec('acme', { provider_config: { autoscaling: wrong } }));
    expect(issues).toEqual([{ pointer: at, message: expect.stringContaining(message) }]);
  }
});

test('scaling ends with the tenant, also where the operator no longer sets it', async () => {
  await using ecs = await openEcs();
  await bringUp({ ...ecs, provider: ecs.provide({ defaults: scaled }) }, ecsSpec('acme'));
  expect(targetOf(ecs)).toBeDefined();
  await ecs.provider.destroy('acme');
  expect(targetOf(ecs)).toBeUndefined();
});

test('a provision or an update that was killed between any two changes is completed, and a destroy finds all', async () => {
  const isAsWanted = { MinCapacity: 2, MaxCapacity: 6, policies: ['berth-cpu', 'berth-memory'] };
  for (const kind of ['provision', 'update'] as const) {
    for (let at = 1, isDead = true; isDead; at += 1) {
      await using ecs = await openEcs();
      const spec = kind === 'provision' ? ecsSpec('acme') : withImage(ecsSpec('acme'), 'good.example/app:2');
      const provider = ecs.provide({ defaults: scaled });
      if (kind === 'update') await bringUp(ecs, ecsSpec('acme'));
      const { client, died } = mortalClient(ecs.client, at);
      const mortal = ecs.provide({ client, defaults: scaled });
      await (kind === 'provision' ? mortal.provision(spec) : mortal.update('acme', spec)).catch(() => undefined);
      isDead = died();
      await ecs.pass(ROLLOUT);
      const where = `${kind} killed at change ${at}`;
      const { metadata } = await provider.getStatus('acme').catch(() => ({ metadata: {} as Record<string, string> }));
      const isDone = metadata.spec_hash === specHash(spec) && metadata.open_steps === undefined;
      if (isDone) expect(targetOf(ecs), where).toMatchObject(isAsWanted);
      if (at % 2 === 0) {
        await provider.destroy('acme');
        expect(targetOf(ecs), where).toBeUndefined();
        continue;
      }
      await (kind === 'provision' ? provider.provision(spec) : provider.update('acme', spec));
      await ecs.pass(ROLLOUT);
      expect(targetOf(ecs), where).toMatchObject(isAsWanted);
      expect((await provider.getStatus('acme')).metadata.open_steps, where).toBeUndefined();
      await provider.destroy('acme');
      expect(targetOf(ecs), where).toBeUndefined();
    }
  }
}, 60_000);
