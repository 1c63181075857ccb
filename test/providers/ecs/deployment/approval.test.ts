import { expect, onTestFinished, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { verdictOf } from '../../../../src/tenants/reconcile/verdict.ts';
import { fargateTiming } from '../../../support/fake-ecs/ecs-state.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { defaults, EXECUTION_ROLE, TASK_ROLE } from '../ecs-subject.ts';
import { ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const arn = `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4`;
const gateways = [{ arn, accessType: 'PUBLIC' as const, clusters: ['tenants'] }];
const SCALE_UP = fargateTiming.provision + fargateTiming.start + fargateTiming.steady;

const spec = ecsSpec('acme');
const next = withImage(spec, 'good.example/app:2');

async function open(deployment: Record<string, unknown>) {
  const ecs = await openEcs({ gateways, roles: [EXECUTION_ROLE, TASK_ROLE] });
  onTestFinished(() => ecs[Symbol.asyncDispose]());
  const provide = (more: Record<string, unknown> = {}) =>
    ecs.provide({ defaults: { ...defaults, gateway: { arn }, deployment, ...more } });
  const provider = provide();
  const metadata = async () => (await provider.getStatus('acme')).metadata;
  return {
    ...ecs,
    provide,
    provider,
    metadata,
    primary: () => [...ecs.fake.state.services.values()][0]?.deployments[0],
    gate: async () => (await metadata()).waiting_id,
    approve: (gate = '') => provider.approve?.('acme', gate, {}),
    verdict: async (of = next) => verdictOf(await provider.getStatus('acme'), { spec_hash: specHash(of) }),
    /** Brings the first version up, which waits for no approval, and begins the next one. */
    async begin() {
      await provider.provision(spec);
      await ecs.pass(ROLLOUT);
      expect(verdictOf(await provider.getStatus('acme'), { spec_hash: specHash(spec) })).toEqual({ kind: 'serves' });
      await provider.update('acme', next);
      await ecs.pass(SCALE_UP);
    },
  };
}

test('a version that is up waits before it gets requests, and gets them with the approval', async () => {
  const ecs = await open({ strategy: 'blue_green', approval: { timeout_seconds: 7200 } });
  await ecs.begin();
  const { endpoints, metadata } = await ecs.provider.getStatus('acme');
  expect(metadata).toMatchObject({ waiting_for: 'approval', waiting_id: expect.any(String) });
  expect(Date.parse(metadata.waiting_until ?? '') - Date.parse(metadata.waiting_since ?? '')).toBe(2 * HOUR);
  expect(Date.parse(metadata.pending_until ?? '')).toBeGreaterThanOrEqual(Date.parse(metadata.waiting_until ?? ''));
  await ecs.pass(HOUR);
  expect(await ecs.verdict()).toMatchObject({ kind: 'waiting', message: expect.stringContaining('approval') });
  expect(ecs.primary()?.shift?.weight).toBe(0);
  await ecs.approve('another-gate');
  await ecs.pass(MINUTE);
  expect(ecs.primary()?.shift?.weight).toBe(0);
  await ecs.approve(metadata.waiting_id);
  await ecs.approve(metadata.waiting_id);
  await ecs.pass(ROLLOUT);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
  expect((await ecs.provider.getStatus('acme')).endpoints).toEqual(endpoints);
  expect(await ecs.gate()).toBeUndefined();
});

test('without an approval in time ECS rolls back, and the failure says so', async () => {
  const ecs = await open({ strategy: 'canary', approval: { timeout_seconds: 3600 } });
  await ecs.begin();
  const gate = await ecs.gate();
  await ecs.pass(HOUR + ROLLOUT);
  expect(await ecs.verdict()).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('the new version was not approved in time'),
  });
  expect((await ecs.metadata()).spec_hash).toBe(specHash(spec));
  await ecs.approve(gate);
  expect((await ecs.verdict()).kind).toBe('failed');
});

test('each_step asks before the canary gets its share and before all requests go to the new version', async () => {
  const steps = { percent: 10, bake_seconds: 60 };
  const ecs = await open({ strategy: 'canary', steps, approval: { each_step: true } });
  await ecs.begin();
  const gates: (string | undefined)[] = [];
  const weights: (number | undefined)[] = [];
  for (let step = 0; step < 2; step += 1) {
    weights.push(ecs.primary()?.shift?.weight);
    gates.push(await ecs.gate());
    await ecs.approve(gates.at(-1));
    await ecs.pass(2 * MINUTE);
  }
  expect(new Set(gates).size).toBe(2);
  expect(gates).not.toContain(undefined);
  expect(weights).toEqual([0, 10]);
  await ecs.pass(ROLLOUT);
  expect(await ecs.verdict()).toEqual({ kind: 'serves' });
});

test('the version that serves takes the place of one that waits: ECS is told to roll back', async () => {
  const ecs = await open({ strategy: 'blue_green', approval: {} });
  await ecs.begin();
  ecs.calls();
  await ecs.provider.update('acme', spec);
  expect(ecs.calls()).toContain('ContinueServiceDeployment');
  await ecs.pass(ROLLOUT);
  expect(await ecs.verdict(spec)).toEqual({ kind: 'serves' });
});

test('a restart and a change of settings wait for no approval', async () => {
  const ecs = await open({ strategy: 'blue_green', approval: {} });
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT);
  await ecs.provider.update('acme', spec, { restart: 'restart-1' });
  await ecs.pass(SCALE_UP);
  expect(await ecs.gate()).toBeUndefined();
  await ecs.pass(ROLLOUT);
  expect((await ecs.metadata()).restart).toBe('restart-1');
  const changed = ecs.provide({ platform_version: '1.4.0' });
  await changed.update('acme', spec, { restart: 'restart-1' });
  await ecs.pass(SCALE_UP + ROLLOUT);
  expect(await ecs.gate()).toBeUndefined();
  const applied = { spec_hash: specHash(spec) };
  expect(verdictOf(await changed.getStatus('acme'), applied)).toEqual({ kind: 'serves' });
  await changed.update('acme', next);
  await ecs.pass(SCALE_UP);
  expect(await ecs.gate(), 'the next version waits').toEqual(expect.any(String));
});

test('a provider has the capability where its settings ask for approval', async () => {
  const asking = await open({ strategy: 'linear', approval: {} });
  expect([asking.provider.capabilities.approval, asking.provider.approve !== undefined]).toEqual([true, true]);
  const other = asking.provide({ deployment: { strategy: 'linear' } });
  expect([other.capabilities.approval, other.approve]).toEqual([false, undefined]);
});
