import { expect, onTestFinished, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { verdictOf } from '../../../../src/tenants/reconcile/verdict.ts';
import { fargateTiming } from '../../../support/fake-ecs/ecs-state.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { balancers, defaults, EXECUTION_ROLE, hostSettings, inventory, TASK_ROLE, withFiles } from '../ecs-subject.ts';
import { ecsSpec, issuesOf, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const MINUTE = 60_000;
const arn = `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4`;
const gateways = [{ arn, accessType: 'PUBLIC' as const, clusters: ['tenants'] }];
const role_arn = `arn:aws:iam::${ACCOUNT}:role/berth/balancing`;
const roles = [EXECUTION_ROLE, TASK_ROLE, role_arn];
const canary = { strategy: 'canary', steps: { percent: 10, bake_seconds: 600 }, bake_seconds: 300 };
/** Milliseconds until all tasks of a new version are up. */
const SCALE_UP = fargateTiming.provision + fargateTiming.start + fargateTiming.steady;

const spec = ecsSpec('acme');
const next = withImage(spec, 'good.example/app:2');

async function open(settings: Record<string, unknown>) {
  const ecs = await openEcs({ balancers, gateways, roles });
  onTestFinished(() => ecs[Symbol.asyncDispose]());
  const { balancing } = ecs.fake.state;
  const provider = ecs.provide({ defaults: { ...defaults, ...settings } });
  const weights = () =>
    [...balancing.rules.values()].flatMap(({ rule }) =>
      (rule.Actions ?? []).flatMap(({ TargetGroupArn, ForwardConfig }) =>
        TargetGroupArn ? [100] : (ForwardConfig?.TargetGroups ?? []).map(({ Weight }) => Number(Weight)),
      ),
    );
  return {
    ...ecs,
    provider,
    weights,
    balancing,
    primary: () => [...ecs.fake.state.services.values()][0]?.deployments[0],
    status: () => provider.getStatus('acme'),
    /** The verdict on the next version. */
    verdict: async () => verdictOf(await provider.getStatus('acme'), { spec_hash: specHash(next) }),
  };
}

/** The first version has nothing to shift requests from, and bakes too. */
async function bringUp(ecs: Awaited<ReturnType<typeof open>>, bake = 5 * MINUTE) {
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT + bake);
  expect(verdictOf(await ecs.status(), { spec_hash: specHash(spec) })).toEqual({ kind: 'serves' });
}

const hosted = (deployment: object) => ({ ...hostSettings(0), deployment: { role_arn, ...deployment } });

test('a canary gets its share of the requests, then all, and the tenant keeps its URL', async () => {
  const ecs = await open(hosted(canary));
  await bringUp(ecs);
  expect(ecs.balancing.groups.size).toBe(2);
  const { endpoints } = await ecs.status();
  expect(await ecs.provider.update('acme', next)).toMatchObject({ status: 'in_progress' });
  await ecs.pass(SCALE_UP);
  expect(ecs.weights()).toEqual([90, 10]);
  expect(await ecs.verdict()).toMatchObject({
    kind: 'waiting',
    message: expect.stringContaining('10 % of the requests go to the new version'),
  });
  expect((await ecs.status()).endpoints).toEqual(endpoints);
  await ecs.pass(10 * MINUTE);
  expect(ecs.weights()).toEqual([0, 100]);
  expect((await ecs.verdict()).kind, 'while both versions bake').toBe('waiting');
  await ecs.pass(5 * MINUTE + ROLLOUT);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
  expect((await ecs.status()).endpoints).toEqual(endpoints);
  expect((await ecs.provider.update('acme', next)).status).toBe('no_changes');
  // The next version goes to the other target group.
  await ecs.provider.update('acme', withImage(spec, 'good.example/app:3'));
  await ecs.pass(SCALE_UP);
  expect(ecs.weights()).toEqual([10, 90]);
});

test('linear steps shift the requests part by part, at a gateway too', async () => {
  const deployment = { strategy: 'linear', steps: { percent: 25, bake_seconds: 60 } };
  const ecs = await open({ gateway: { arn }, deployment });
  await bringUp(ecs);
  const { endpoints } = await ecs.status();
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP);
  const seen: (number | undefined)[] = [];
  for (let step = 0; step < 4; step += 1) {
    seen.push(ecs.primary()?.shift?.weight);
    await ecs.pass(MINUTE);
  }
  expect(seen).toEqual([25, 50, 75, 100]);
  await ecs.pass(ROLLOUT);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
  expect((await ecs.status()).endpoints).toEqual(endpoints);
});

test('a deployment takes the time of its steps, however short rollout_timeout_seconds is', async () => {
  const ecs = await open({ ...hosted({ ...canary, bake_seconds: 3600 }), rollout_timeout_seconds: 120 });
  await bringUp(ecs, 60 * MINUTE);
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP + 30 * MINUTE);
  const { metadata } = await ecs.status();
  expect((await ecs.verdict()).kind).toBe('waiting');
  expect(Date.parse(metadata.pending_until ?? '') - ecs.now()).toBeGreaterThan(30 * MINUTE);
  await ecs.pass(60 * MINUTE);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
});

test.each([
  ['do not start', 'missing.example/app:2', /[0-9]+ tasks of the new version failed to start/],
  ['never get up', 'hanging.example/app:2', /not ready after/],
])('a version whose tasks %s fails, and the old one serves and takes all requests', async (_name, image, reason) => {
  const ecs = await open(hosted({ strategy: 'blue_green' }));
  await bringUp(ecs);
  const bad = withImage(spec, image);
  await ecs.provider.update('acme', bad);
  await ecs.pass(16 * MINUTE);
  const status = await ecs.status();
  expect(verdictOf(status, { spec_hash: specHash(bad) })).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(reason),
  });
  expect([status.state, status.metadata.spec_hash]).toEqual(['running', specHash(spec)]);
  expect(ecs.weights()).toEqual([100, 0]);
  ecs.calls();
  expect((await ecs.provider.update('acme', spec)).status).toBe('in_progress');
  expect(ecs.calls()).toContain('StopServiceDeployment');
  await ecs.pass(ROLLOUT);
  expect(verdictOf(await ecs.status(), { spec_hash: specHash(spec) })).toEqual({ kind: 'serves' });
  expect((await ecs.provider.update('acme', spec)).status).toBe('no_changes');
});

test('an alarm turns the requests back', async () => {
  const ecs = await open(hosted({ ...canary, alarms: ['acme-errors'] }));
  await bringUp(ecs);
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP);
  expect(ecs.weights()).toEqual([90, 10]);
  ecs.fake.state.alarms.add('acme-errors');
  await ecs.pass(10 * MINUTE);
  expect(ecs.weights()).toEqual([100, 0]);
  await ecs.pass(ROLLOUT);
  expect(await ecs.verdict()).toMatchObject({ kind: 'failed', message: expect.stringContaining('alarm') });
  expect((await ecs.status()).metadata.spec_hash).toBe(specHash(spec));
});

test('the version that serves takes its requests back while a canary has some', async () => {
  const ecs = await open(hosted(canary));
  await bringUp(ecs);
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP);
  ecs.calls();
  await ecs.provider.update('acme', spec);
  const calls = ecs.calls();
  expect(calls).toContain('StopServiceDeployment');
  expect(calls).not.toContain('UpdateService');
  expect(ecs.weights()).toEqual([100, 0]);
  await ecs.pass(ROLLOUT);
  expect(verdictOf(await ecs.status(), { spec_hash: specHash(spec) })).toEqual({ kind: 'serves' });
});

test('a third version takes the place of one that gets requests', async () => {
  const ecs = await open(hosted(canary));
  await bringUp(ecs);
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP);
  const third = withImage(spec, 'good.example/app:3');
  await ecs.provider.update('acme', third);
  await ecs.pass(SCALE_UP + 15 * MINUTE + ROLLOUT);
  expect(verdictOf(await ecs.status(), { spec_hash: specHash(third) })).toEqual({ kind: 'serves' });
});

test('a stop ends a shift of requests, and a start brings the tenant up', async () => {
  const ecs = await open(hosted(canary));
  await bringUp(ecs);
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP);
  await ecs.provider.stop('acme');
  await ecs.pass(ROLLOUT);
  expect((await ecs.status()).state).toBe('stopped');
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP + 15 * MINUTE + ROLLOUT);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
});

test('settings lead from rolling to canary and back without a cut, and the second target group goes', async () => {
  const ecs = await open(hosted(canary));
  const rolling = ecs.provide({ defaults: { ...defaults, ...hostSettings(0) } });
  await rolling.provision(spec);
  await ecs.pass(ROLLOUT);
  expect(ecs.balancing.groups.size).toBe(1);
  await ecs.provider.update('acme', next);
  expect(ecs.balancing.groups.size).toBe(2);
  expect(ecs.weights()).toEqual([1, 0]);
  await ecs.pass(SCALE_UP + 15 * MINUTE + ROLLOUT);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
  expect(ecs.weights()).toEqual([0, 100]);
  await rolling.update('acme', next);
  await ecs.pass(ROLLOUT);
  expect((await rolling.getStatus('acme')).metadata.open_steps).toContain('the target group of before');
  await rolling.update('acme', next);
  expect(ecs.balancing.groups.size).toBe(1);
  expect(ecs.weights()).toEqual([100]);
  expect((await rolling.getStatus('acme')).metadata.open_steps).toBeUndefined();
  expect((await rolling.update('acme', next)).status).toBe('no_changes');
  // And once more, from the group that is left.
  await ecs.provider.update('acme', spec);
  await ecs.pass(SCALE_UP + 15 * MINUTE + ROLLOUT);
  expect(verdictOf(await ecs.status(), { spec_hash: specHash(spec) })).toEqual({ kind: 'serves' });
  expect(ecs.balancing.cuts).toBe(0);
});

test('a destroy removes both target groups and the rule, also in the middle of a shift', async () => {
  const ecs = await open(hosted(canary));
  await bringUp(ecs);
  await ecs.provider.update('acme', next);
  await ecs.pass(SCALE_UP);
  for (let round = 0; round < 2; round += 1) {
    await ecs.provider.destroy('acme');
    await ecs.pass(ROLLOUT);
  }
  expect(inventory(ecs.fake)).toEqual([]);
  expect([ecs.balancing.groups.size, ecs.balancing.rules.size, ecs.balancing.cuts]).toEqual([0, 0, 0]);
});

test('a load balancer without room for two target groups is told of before anything is made', async () => {
  const ecs = await openEcs({ balancers, roles, limits: { groupsOfBalancer: 3 } });
  onTestFinished(() => ecs[Symbol.asyncDispose]());
  const provider = ecs.provide({ defaults: { ...defaults, ...hosted(canary) } });
  await provider.provision(spec);
  await expect(provider.provision(ecsSpec('other'))).rejects.toThrow('2 of 3 target groups');
  expect(ecs.fake.state.balancing.groups.size).toBe(2);
});

test.each([
  ['without an address', {}, { strategy: 'canary' }, /needs gateway, or load_balancer.listener_arn with host/],
  ['without a role', hostSettings(0), { strategy: 'linear' }, /needs deployment.role_arn/],
  [
    'with an unknown strategy',
    { gateway: { arn } },
    { strategy: 'red' },
    /one of: rolling, blue_green, canary, linear/,
  ],
  ['with steps of blue_green', { gateway: { arn } }, { ...canary, strategy: 'blue_green' }, /steps goes with/],
  [
    'with parts of a minute',
    { gateway: { arn } },
    { strategy: 'blue_green', bake_seconds: 90 },
    /bake_seconds must be whole minutes/,
  ],
  [
    'with steps of 2 %',
    { gateway: { arn } },
    { strategy: 'linear', steps: { percent: 2, bake_seconds: 60 } },
    /percent must be at least 3/,
  ],
  ['with approval of rolling', { gateway: { arn } }, { approval: {} }, /approval needs strategy blue_green/],
  ['with bake time of rolling', {}, { bake_seconds: 60 }, /new tasks get requests as soon as they are healthy/],
])('settings %s are refused with what to do', async (_name, address, deployment, message) => {
  const ecs = await openEcs({ balancers, gateways });
  onTestFinished(() => ecs[Symbol.asyncDispose]());
  const provider = ecs.provide({ defaults: { ...defaults, ...address, deployment } });
  await expect(provider.validate(spec)).rejects.toThrow(message);
});

test('a tenant that writes to volumes is refused where two versions would run side by side', () => {
  const containers = spec.containers.map((one) => ({ ...one, volumes: [{ name: 'data', path: '/data' }] }));
  const writing = ecsSpec('acme', { containers });
  const settings = { ...withFiles, gateway: { arn }, deployment: canary };
  expect(issuesOf(writing, settings)).toEqual([
    { pointer: '/volumes', message: expect.stringContaining('which runs two versions side by side') },
  ]);
  expect(issuesOf(writing, { ...withFiles, gateway: { arn } })).toEqual([]);
});

test('validate, and so a plan, says how a new version takes over', async () => {
  const ecs = await open(hosted({ ...canary, approval: {} }));
  expect((await ecs.provider.validate(spec)).warnings).toContain(
    'a change of the specification is rolled out as canary: 10 % of the requests go to the new version for 10 min, ' +
      'then all; both versions run for 5 min more; before it gets requests, it waits for approval for up to 24 h',
  );
  const rolling = ecs.provide({ defaults: { ...defaults, ...hostSettings(0) } });
  expect((await rolling.validate(spec)).warnings.join()).not.toContain('rolled out as');
});
