import { expect, test } from 'vitest';
import { creation, definition, openBare } from './bare-ecs.ts';

const resource = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/tenants/app',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;
const policy = (TargetValue: number, ResourceLabel?: string) => ({
  ...resource,
  PolicyName: 'cpu',
  PolicyType: 'TargetTrackingScaling' as const,
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue,
    PredefinedMetricSpecification: {
      PredefinedMetricType: ResourceLabel
        ? ('ALBRequestCountPerTarget' as const)
        : ('ECSServiceAverageCPUUtilization' as const),
      ...(ResourceLabel && { ResourceLabel }),
    },
  },
});
const range = { ...resource, MinCapacity: 1, MaxCapacity: 4 };

test('a target needs a service and a range, and keeps what a registration leaves out', async () => {
  await using ecs = await openBare();
  const missing = "ValidationException: ECS service doesn't exist: service/tenants/app";
  expect(await ecs.refused('RegisterScalableTarget', range)).toBe(missing);
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', creation);
  expect(await ecs.refused('RegisterScalableTarget', resource)).toContain('MinCapacity and MaxCapacity are required');
  expect(await ecs.refused('RegisterScalableTarget', { ...range, MinCapacity: 5 })).toContain('cannot be less');
  await ecs.send('RegisterScalableTarget', range);
  await ecs.send('RegisterScalableTarget', { ...resource, MaxCapacity: 6 });
  const { ScalableTargets } = await ecs.send('DescribeScalableTargets', { ServiceNamespace: 'ecs' });
  expect(ScalableTargets).toMatchObject([{ MinCapacity: 1, MaxCapacity: 6, CreationTime: expect.any(Date) }]);
});

test('policies need a target, and go with it', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', creation);
  expect(await ecs.refused('PutScalingPolicy', policy(50))).toMatch(/^ObjectNotFoundException: No scalable target/);
  await ecs.send('RegisterScalableTarget', range);
  expect(await ecs.refused('PutScalingPolicy', policy(50, 'app/x'))).toContain('ResourceLabel must have the form');
  await ecs.send('PutScalingPolicy', policy(50));
  await ecs.send('PutScalingPolicy', policy(60));
  const policies = async () => (await ecs.send('DescribeScalingPolicies', resource)).ScalingPolicies;
  expect(await policies()).toMatchObject([{ TargetTrackingScalingPolicyConfiguration: { TargetValue: 60 } }]);
  await ecs.send('DeleteScalingPolicy', { ...resource, PolicyName: 'cpu' });
  expect(await ecs.refused('DeleteScalingPolicy', { ...resource, PolicyName: 'cpu' })).toContain('ObjectNotFound');
  await ecs.send('PutScalingPolicy', policy(50));
  await ecs.send('DeregisterScalableTarget', resource);
  expect(await policies()).toEqual([]);
  expect(await ecs.refused('DeregisterScalableTarget', resource)).toContain('ObjectNotFoundException');
});
