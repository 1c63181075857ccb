import type { CreateServiceCommandInput, DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { creation, definition, first, openBare, second } from './bare-ecs.ts';
import { fargateTiming } from './ecs-state.ts';

const MINUTE = 60_000;
const UP = fargateTiming.provision + fargateTiming.start + fargateTiming.steady;
const pause = (stage: 'POST_SCALE_UP' | 'PRE_PRODUCTION_TRAFFIC_SHIFT', timeoutInMinutes?: number) => ({
  targetType: 'PAUSE' as const,
  lifecycleStages: [stage],
  ...(timeoutInMinutes && { timeoutConfiguration: { timeoutInMinutes } }),
});
const shifting = (more: DeploymentConfiguration = {}): CreateServiceCommandInput => ({
  ...creation,
  deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, ...more },
});

async function open(configuration: DeploymentConfiguration) {
  const ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('RegisterTaskDefinition', { ...definition, cpu: '512', memory: '1024' });
  await ecs.send('CreateService', shifting());
  ecs.pass(10 * MINUTE);
  const update = { cluster: 'tenants', service: 'app', taskDefinition: second };
  await ecs.send('UpdateService', {
    ...update,
    deploymentConfiguration: { ...shifting(configuration).deploymentConfiguration },
  });
  const newest = async () => {
    const { services = [] } = await ecs.send('DescribeServices', { cluster: 'tenants', services: ['app'] });
    const arn = services[0]?.currentServiceDeployment ?? '';
    const { serviceDeployments = [] } = await ecs.send('DescribeServiceDeployments', { serviceDeploymentArns: [arn] });
    return serviceDeployments[0] ?? {};
  };
  return { ...ecs, newest };
}

test('a paused deployment goes on when it is told to, and once only', async () => {
  await using ecs = await open({ lifecycleHooks: [pause('POST_SCALE_UP')] });
  ecs.pass(UP);
  const { serviceDeploymentArn, lifecycleHookDetails: [hook] = [], ...paused } = await ecs.newest();
  expect(paused).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'POST_SCALE_UP' });
  expect(hook).toMatchObject({ targetType: 'PAUSE', status: 'AWAITING_ACTION', timeoutAction: 'ROLLBACK' });
  expect(hook?.expiresAt).toEqual(new Date(Date.parse('2026-11-01T00:10:00Z') + UP + 1440 * MINUTE));
  const answer = { serviceDeploymentArn, hookId: hook?.hookId };
  await ecs.send('ContinueServiceDeployment', answer);
  expect(await ecs.refused('ContinueServiceDeployment', answer)).toMatch(/^InvalidParameterException/);
  expect(await ecs.refused('ContinueServiceDeployment', { ...answer, hookId: 'other' })).toMatch(/^InvalidParameter/);
  const none = { ...answer, serviceDeploymentArn: `${serviceDeploymentArn}0` };
  expect(await ecs.refused('ContinueServiceDeployment', none)).toMatch(/^ServiceDeploymentNotFoundException/);
  ecs.pass(MINUTE);
  expect((await ecs.newest()).status).toBe('SUCCESSFUL');
});

test.each([
  ['is told to', 'ROLLBACK'],
  ['waits for too long', undefined],
] as const)('a paused deployment rolls back when it %s', async (_name, action) => {
  await using ecs = await open({ lifecycleHooks: [pause('POST_SCALE_UP', 30)] });
  ecs.pass(UP + 29 * MINUTE);
  const { serviceDeploymentArn, lifecycleHookDetails: [hook] = [] } = await ecs.newest();
  if (action) await ecs.send('ContinueServiceDeployment', { serviceDeploymentArn, hookId: hook?.hookId, action });
  else ecs.pass(MINUTE);
  expect((await ecs.newest()).lifecycleHookDetails).toMatchObject([{ status: action ? 'FAILED' : 'TIMED_OUT' }]);
  ecs.pass(fargateTiming.stop);
  expect((await ecs.newest()).status).toBe('ROLLBACK_SUCCESSFUL');
  const { services = [] } = await ecs.send('DescribeServices', { cluster: 'tenants', services: ['app'] });
  expect(services[0]?.deployments).toMatchObject([{ status: 'PRIMARY', taskDefinition: first, runningCount: 1 }]);
});

test('before each step of a canary, a hook of its own waits', async () => {
  await using ecs = await open({
    strategy: 'CANARY',
    canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 5 },
    lifecycleHooks: [pause('PRE_PRODUCTION_TRAFFIC_SHIFT')],
  });
  const seen = new Set<string>();
  for (const [weight, wait] of [
    [0, UP],
    [10, 5 * MINUTE],
  ] as const) {
    ecs.pass(wait);
    const { serviceDeploymentArn, targetServiceRevision: target, lifecycleHookDetails = [] } = await ecs.newest();
    const hookId = lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION')?.hookId ?? '';
    expect(target?.requestedProductionTrafficWeight).toBe(weight);
    seen.add(hookId);
    await ecs.send('ContinueServiceDeployment', { serviceDeploymentArn, hookId });
  }
  expect(seen.size).toBe(2);
  expect((await ecs.newest()).targetServiceRevision?.requestedProductionTrafficWeight).toBe(100);
});

test('both versions run until the bake time is over, and a running deployment can be stopped until then', async () => {
  await using ecs = await open({ bakeTimeInMinutes: 10 });
  ecs.pass(UP + 9 * MINUTE);
  const { serviceDeploymentArn, lifecycleStage } = await ecs.newest();
  expect(lifecycleStage).toBe('BAKE_TIME');
  const { services = [] } = await ecs.send('DescribeServices', { cluster: 'tenants', services: ['app'] });
  expect(services[0]?.deployments?.map(({ runningCount }) => runningCount)).toEqual([1, 1]);
  expect(services[0]?.deployments?.map(({ rolloutState }) => rolloutState)).toEqual([undefined, undefined]);
  await ecs.send('StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' });
  ecs.pass(fargateTiming.stop);
  expect((await ecs.newest()).status).toBe('ROLLBACK_SUCCESSFUL');
  const again = { serviceDeploymentArn, stopType: 'ROLLBACK' as const };
  expect(await ecs.refused('StopServiceDeployment', again)).toMatch(/^ConflictException/);
});

test('an alarm rolls a deployment back, and one that rang before does not', async () => {
  const alarms = { alarmNames: ['errors'], enable: true, rollback: true };
  await using ecs = await open({ bakeTimeInMinutes: 10, alarms });
  ecs.pass(UP);
  ecs.fake.state.alarms.add('errors');
  ecs.pass(20 * MINUTE);
  expect((await ecs.newest()).status).toBe('ROLLBACK_SUCCESSFUL');
  await ecs.send('UpdateService', { cluster: 'tenants', service: 'app', taskDefinition: second });
  ecs.pass(20 * MINUTE);
  expect((await ecs.newest()).status).toBe('SUCCESSFUL');
});

test.each<[string, DeploymentConfiguration, RegExp]>([
  ['blue/green without bake time', { bakeTimeInMinutes: undefined }, /bakeTimeInMinutes is required/],
  ['a day of bake time and more', { bakeTimeInMinutes: 1441 }, /bakeTimeInMinutes must be/],
  ['steps of a canary without one', { canaryConfiguration: { canaryPercent: 10 } }, /needs CANARY/],
  ['steps of 2 %', { strategy: 'LINEAR', linearConfiguration: { stepPercent: 2 } }, /stepPercent must be/],
  ['a pause of 15 days', { lifecycleHooks: [pause('POST_SCALE_UP', 21_600)] }, /timeoutInMinutes must be/],
  [
    'a pause while requests shift',
    { lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRODUCTION_TRAFFIC_SHIFT'] }] },
    /cannot be configured at this stage/,
  ],
])('%s is refused', async (_name, configuration, message) => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  expect(await ecs.refused('CreateService', shifting(configuration))).toMatch(message);
});
