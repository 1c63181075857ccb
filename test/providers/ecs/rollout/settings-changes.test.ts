import { describe, expect, test } from 'vitest';
import { UpdateFailedError } from '../../../../src/compute/errors.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { settingEffects } from '../../../../src/providers/ecs/status/applied-settings.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { CLUSTER_ARN, defaults, EXECUTION_ROLE, registerForeign } from '../ecs-subject.ts';
import { bringUp, ecsSpec, type OpenEcs, openEcs, ROLLOUT } from '../open-ecs.ts';

const balancing = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}`;
const target_group_arn = `${balancing}:targetgroup/acme/73e2d6bc24d8a067`;
const load_balancer_arn = `${balancing}:loadbalancer/app/tenants/50dc6c495c0c9188`;
const registry_arn = `arn:aws:servicediscovery:${REGION}:${ACCOUNT}:service/srv-utcrh6wavdkggqtk`;
const gateway = `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4`;
const OTHER_ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/other`;

const options = {
  roles: [EXECUTION_ROLE, OTHER_ROLE],
  clusters: ['tenants', 'others'],
  targetGroups: [target_group_arn],
  namespaces: ['tenants.internal'],
  capacityProviders: ['instances'],
  gateways: [{ arn: gateway, accessType: 'PUBLIC' as const, clusters: ['tenants'] }],
};

type Settings = Record<string, unknown>;
type Changed = [title: string, setting: string, before: Settings, after: Settings];

/** A change of each setting, there and back where it can be left out. */
const changes: Changed[] = [
  ['another subnet', 'subnets', {}, { subnets: ['subnet-0bbbbbbb'] }],
  ['another security group', 'security_groups', {}, { security_groups: ['sg-0bbbbbbb'] }],
  ['public addresses', 'assign_public_ip', {}, { assign_public_ip: true }],
  ['another execution role', 'execution_role_arn', {}, { execution_role_arn: OTHER_ROLE }],
  ...both('a task role', 'task_role_arn', OTHER_ROLE),
  ...both('capacity providers', 'capacity_providers', [{ name: 'FARGATE_SPOT' }]),
  [
    'other capacity providers',
    'capacity_providers',
    { capacity_providers: [{ name: 'FARGATE_SPOT' }] },
    {
      capacity_providers: [
        { name: 'FARGATE', base: 1 },
        { name: 'FARGATE_SPOT', weight: 3 },
      ],
    },
  ],
  ['capacity providers of instances', 'capacity_providers', {}, { capacity_providers: [{ name: 'instances' }] }],
  ...both('a platform version', 'platform_version', '1.4.0'),
  ['another CPU architecture', 'cpu_architecture', {}, { cpu_architecture: 'ARM64' }],
  ['time to start', 'health_check_start_seconds', {}, { health_check_start_seconds: 30 }],
  ...both('a log group', 'log_group', '/tenants'),
  ['an operator’s tag', 'tags', {}, { tags: { team: 'platform' } }],
  ['no operator’s tag', 'tags', { tags: { team: 'platform' } }, {}],
  ...both('a load balancer', 'load_balancer', { target_group_arn }),
  ...both('a gateway', 'gateway', { arn: gateway }),
  ...both('a Cloud Map service', 'service_registry', { registry_arn }),
  ...both('Service Connect', 'service_connect', { namespace: 'tenants.internal' }),
  ...both('alarms', 'deployment', { alarms: ['errors'] }),
  ['more tasks', 'desired_count', {}, { desired_count: 2 }],
  ...both('scaling', 'autoscaling', { min: 1, max: 4, cpu_percent: 60 }),
  ['an allowed registry', 'allowed_registries', {}, { allowed_registries: ['good.example'] }],
  ['a longer timeout', 'rollout_timeout_seconds', {}, { rollout_timeout_seconds: 1200 }],
  ['a longer wait', 'destroy_wait_seconds', {}, { destroy_wait_seconds: 10 }],
  ['more revisions', 'revisions_kept', {}, { revisions_kept: 5 }],
  ['more permissions', 'allow', {}, { allow: { public_ip: false } }],
];

function both(title: string, setting: string, value: unknown): Changed[] {
  return [
    [title, setting, {}, { [setting]: value }],
    [`no more ${title.replace(/^an? /, '')}`, setting, { [setting]: value }, {}],
  ];
}

function provide(ecs: OpenEcs, settings: Settings) {
  return ecs.provide({ defaults: { ...defaults, ...settings } });
}

function serviceOf(ecs: OpenEcs) {
  const [service] = ecs.fake.state.services.values();
  if (!service) throw new Error('there is no service');
  return service;
}

const deploymentsOf = (ecs: OpenEcs) => serviceOf(ecs).deployments.map(({ deployment }) => deployment.id);

describe('a change of the operator’s settings reaches an existing tenant', () => {
  const reaching = changes.filter(([, setting]) => /rollout|in place/.test(effectOf(setting)));

  test.each(reaching)('%s (%s)', async (_title, setting, before, after) => {
    await using ecs = await openEcs(options);
    const spec = checkedSpec();
    const old = provide(ecs, before);
    await bringUp({ ...ecs, provider: old }, spec);
    expect((await old.getStatus('acme')).metadata.open_steps, 'under the same settings').toBeUndefined();
    expect(await Array.fromAsync(old.list())).toEqual([expect.not.objectContaining({ has_open_steps: true })]);
    const ids = deploymentsOf(ecs);

    const provider = provide(ecs, after);
    const waiting = await provider.getStatus('acme');
    expect(waiting).toMatchObject({ state: 'running', metadata: { spec_hash: specHash(spec) } });
    expect(waiting.metadata.open_steps).toContain('settings of the provider');
    expect(await Array.fromAsync(provider.list())).toMatchObject([{ tenant_id: 'acme', has_open_steps: true }]);
    await provider.update('acme', spec);
    expect(deploymentsOf(ecs).some((id) => !ids.includes(id))).toBe(effectOf(setting) === 'rollout');
    await ecs.pass(ROLLOUT);
    const settled = await provider.getStatus('acme');
    expect(settled).toMatchObject({ state: 'running', metadata: { spec_hash: specHash(spec) } });
    expect(settled.metadata.open_steps).toBeUndefined();
    ecs.calls();
    expect((await provider.update('acme', spec)).status).toBe('no_changes');
    const written = ecs.calls().filter((operation) => !/^(?:Describe|List)/.test(operation));
    expect(written, 'changes once the settings are applied').toEqual([]);

    // The service is now like one that was made with the new settings.
    await using fresh = await openEcs(options);
    await bringUp({ ...fresh, provider: provide(fresh, after) }, spec);
    expect(shapeOf(ecs)).toEqual(shapeOf(fresh));
  });
});

/** Returns a specification with a health check, which a setting gives time to start. */
function checkedSpec() {
  const { containers } = ecsSpec('acme');
  const health_check = { type: 'tcp' as const };
  return ecsSpec('acme', {
    containers: containers.map((one, index) => (index === 0 ? { ...one, health_check } : one)) as typeof containers,
  });
}

/** Returns what settings decide about a service, its tags and its scaling. */
function shapeOf(ecs: OpenEcs) {
  const { service, tags } = serviceOf(ecs);
  const { networkConfiguration, capacityProviderStrategy, launchType, loadBalancers, serviceRegistries } = service;
  const { platformVersion, desiredCount, healthCheckGracePeriodSeconds } = service;
  const { serviceConnectConfiguration } = serviceOf(ecs).deployments[0]?.settings ?? {};
  const targets = [...ecs.fake.state.targets.values()].map(({ target, policies }) => ({
    target,
    policies: [...policies.keys()],
  }));
  return {
    networkConfiguration,
    capacityProviderStrategy,
    launchType,
    loadBalancers,
    serviceRegistries,
    serviceConnectConfiguration,
    desiredCount,
    platformVersion: platformVersion ?? 'LATEST',
    grace: healthCheckGracePeriodSeconds ?? 0,
    tags: [...tags.keys()].sort(),
    targets: targets.map(({ target: { MinCapacity, MaxCapacity }, policies }) => ({
      MinCapacity,
      MaxCapacity,
      policies,
    })),
  };
}

test('the grace period of a load balancer changes in place', async () => {
  await using ecs = await openEcs(options);
  const spec = ecsSpec('acme');
  await bringUp({ ...ecs, provider: provide(ecs, { load_balancer: { target_group_arn } }) }, spec);
  const ids = deploymentsOf(ecs);
  const provider = provide(ecs, { load_balancer: { target_group_arn, health_check_grace_seconds: 90 } });
  expect((await provider.getStatus('acme')).metadata.open_steps).toContain('settings of the provider');
  await provider.update('acme', spec);
  expect(deploymentsOf(ecs)).toEqual(ids);
  expect(serviceOf(ecs).service.healthCheckGracePeriodSeconds).toBe(90);
});

test('a given task definition that the operator exchanges reaches an existing tenant', async () => {
  await using ecs = await openEcs(options);
  const spec = ecsSpec('acme');
  const [first, second] = ['1', '2'].map((version) =>
    registerForeign(ecs.fake, 'golden', `good.example/golden:${version}`),
  );
  await bringUp({ ...ecs, provider: provide(ecs, { task_definition_arn: first }) }, spec);
  const provider = provide(ecs, { task_definition_arn: second });
  expect(await Array.fromAsync(provider.list())).toMatchObject([{ has_open_steps: true }]);
  await provider.update('acme', spec);
  await ecs.pass(ROLLOUT);
  const { metadata } = await provider.getStatus('acme');
  expect(metadata).toMatchObject({ task_definition: second, spec_hash: specHash(spec) });
  expect(metadata.open_steps).toBeUndefined();
});

describe('a setting of Berth’s own calls leaves existing tenants as they are', () => {
  test.each(changes.filter(([, setting]) => effectOf(setting) === 'calls'))(
    '%s (%s)',
    async (_title, _, before, after) => {
      await using ecs = await openEcs(options);
      const spec = ecsSpec('acme', { containers: [{ name: 'web', image: 'good.example/app:1' }] });
      await bringUp({ ...ecs, provider: provide(ecs, before) }, spec);
      const provider = provide(ecs, after);
      expect((await provider.getStatus('acme')).metadata.open_steps).toBeUndefined();
      expect(await Array.fromAsync(provider.list())).toEqual([expect.not.objectContaining({ has_open_steps: true })]);
      expect((await provider.update('acme', spec)).status).toBe('no_changes');
    },
  );
});

describe('a setting that would move existing tenants', () => {
  test.each([
    ['cluster_arn', { cluster_arn: CLUSTER_ARN.replace('tenants', 'others') }],
    ['region', { region: 'eu-west-1', cluster_arn: CLUSTER_ARN.replace(REGION, 'eu-west-1') }],
    ['service_name_prefix', { service_name_prefix: 'other_' }],
    ['assume_role', { assume_role: { role_arn: 'arn:aws:iam::999999999999:role/tenants' } }],
  ])('is another place: %s', async (setting, after) => {
    expect(effectOf(setting)).toBe('refused');
    await using ecs = await openEcs(options);
    expect(provide(ecs, after).place()).not.toEqual(ecs.provider.place());
  });

  test('is refused by name, and nothing changes: launch_type', async () => {
    expect(effectOf('launch_type')).toBe('refused');
    await using ecs = await openEcs(options);
    const spec = ecsSpec('acme');
    await bringUp(ecs, spec);
    const provider = provide(ecs, { launch_type: 'EC2' });
    expect(await Array.fromAsync(provider.list())).toEqual([expect.not.objectContaining({ has_open_steps: true })]);
    ecs.calls();
    const error = await refusal(provider.update('acme', spec), UpdateFailedError);
    expect(error.message).toContain('was made for FARGATE, and cannot move to EC2');
    expect(error.hint).toContain('restore launch_type FARGATE');
    expect(ecs.calls().filter((operation) => !/^(?:Describe|List)/.test(operation))).toEqual([]);
  });
});

test('each setting has a row here', () => {
  const tested = new Set(changes.map(([, setting]) => setting));
  const moving = ['cluster_arn', 'region', 'service_name_prefix', 'assume_role', 'launch_type', 'task_definition_arn'];
  const elsewhere = ['efs']; // volumes/volumes.test.ts
  expect([...tested, ...moving, ...elsewhere].toSorted()).toEqual(Object.keys(settingEffects).toSorted());
});

function effectOf(setting: string): string {
  return settingEffects[setting as keyof typeof settingEffects];
}

test('the requests of a load balancer can scale a tenant, and go with it', async () => {
  await using ecs = await openEcs(options);
  const settings = {
    load_balancer: { target_group_arn, load_balancer_arn },
    autoscaling: { max: 4, requests_per_task: 100 },
  };
  await bringUp({ ...ecs, provider: provide(ecs, settings) }, ecsSpec('acme'));
  const [{ policies } = { policies: new Map() }] = ecs.fake.state.targets.values();
  expect([...policies.values()]).toMatchObject([
    {
      PolicyName: 'berth-requests',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 100,
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'ALBRequestCountPerTarget',
          ResourceLabel: 'app/tenants/50dc6c495c0c9188/targetgroup/acme/73e2d6bc24d8a067',
        },
      },
    },
  ]);
  await provide(ecs, {}).destroy('acme');
  expect(ecs.fake.state.targets.size).toBe(0);
});
