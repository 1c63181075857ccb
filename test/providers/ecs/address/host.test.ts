import { expect, onTestFinished, test } from 'vitest';
import { ProviderFailedError, ProvisionFailedError, ResourceConflictError } from '../../../../src/compute/errors.ts';
import { groupName } from '../../../../src/providers/ecs/address/hosts.ts';
import { refusal } from '../../../conformance/expectations.ts';
import type { FakeEcsOptions } from '../../../support/fake-ecs/fake-ecs.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { CLUSTER_ARN, defaults, inventory } from '../ecs-subject.ts';
import { ecsSpec, issuesOf, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const base = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}`;
const balancer = (name: string, vpc: string, listeners: { protocol: string; port: number }[]) => ({
  arn: `${base}:loadbalancer/app/${name}/50dc6c495c0c9188`,
  vpc,
  listeners: listeners.map(({ protocol, port }) => {
    return { arn: `${base}:listener/app/${name}/50dc6c495c0c9188/f2f7dc8efc522${port}`, protocol, port };
  }),
});
const balancers = [
  balancer('apps', 'vpc-0a', [
    { protocol: 'HTTPS', port: 443 },
    { protocol: 'HTTP', port: 8080 },
    { protocol: 'TLS', port: 9000 },
  ]),
  balancer('next', 'vpc-0a', [{ protocol: 'HTTPS', port: 443 }]),
  balancer('elsewhere', 'vpc-0b', [{ protocol: 'HTTPS', port: 443 }]),
];
const [https = '', http = '', tls = '', next = '', elsewhere = ''] = balancers.flatMap(({ listeners }) =>
  listeners.map(({ arn }) => arn),
);
const settings = (listener_arn = https, host = '{tenant_id}.apps.example.com') => ({
  ...defaults,
  load_balancer: { listener_arn, host },
});

async function open(options: FakeEcsOptions = {}) {
  const ecs = await openEcs({ balancers, ...options });
  onTestFinished(() => ecs[Symbol.asyncDispose]());
  const { balancing } = ecs.fake.state;
  return {
    ...ecs,
    provider: ecs.provide({ defaults: settings() }),
    rules: () => [...balancing.rules.values()].map(({ rule, listener }) => ({ listener, ...rule })),
    groups: () => [...balancing.groups.values()].map(({ group }) => group),
    hosts: () => [...balancing.rules.values()].map(({ rule }) => rule.Conditions?.[0]?.HostHeaderConfig?.Values),
    /** Expects that nothing of a tenant is left. */
    nothingIsLeft() {
      expect(inventory(ecs.fake)).toEqual([]);
      expect([...balancing.rules.keys(), ...balancing.groups.keys()]).toEqual([]);
      expect(balancing.cuts, 'rules that went while tasks had requests').toBe(0);
    },
  };
}

const url = (host: string) => ({ type: 'http', address: host, port: 443, url: `https://${host}`, stable: true });

test('a tenant has a target group and a rule for its host, and its URL stays over updates and a rollback', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT);
  const [group] = ecs.groups();
  expect(ecs.groups()).toHaveLength(1);
  expect(group).toMatchObject({ TargetType: 'ip', VpcId: 'vpc-0a', HealthCheckPath: '/' });
  expect(ecs.hosts()).toEqual([['acme.apps.example.com']]);
  for (let version = 2; version <= 11; version += 1) {
    await ecs.provider.update('acme', withImage(spec, `good.example/app:${version}`));
    await ecs.pass(ROLLOUT);
    const { endpoints, state } = await ecs.provider.getStatus('acme');
    expect([state, endpoints], `version ${version}`).toEqual(['running', [url('acme.apps.example.com')]]);
  }
  await ecs.provider.update('acme', withImage(spec, 'missing.example/app:12'));
  await ecs.pass(5 * ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).endpoints).toEqual([url('acme.apps.example.com')]);
  expect(ecs.groups().map(({ TargetGroupArn }) => TargetGroupArn)).toEqual([group?.TargetGroupArn]);
  expect(await ecs.provider.update('acme', withImage(spec, 'good.example/app:11'))).toMatchObject({
    status: expect.stringMatching(/no_changes|in_progress/),
  });
});

test('a destroy lets requests end: rule and target group go after the last task', async () => {
  const ecs = await open();
  await ecs.provider.provision(ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  await ecs.provider.destroy('acme');
  expect(ecs.rules(), 'while tasks stop').toHaveLength(1);
  expect((await ecs.provider.getStatus('acme')).state).toBe('stopping');
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).state).toBe('stopped');
  expect(await Array.fromAsync(ecs.provider.list())).toEqual([{ tenant_id: 'acme' }]);
  await ecs.provider.destroy('acme');
  ecs.nothingIsLeft();
  await expect(ecs.provider.getStatus('acme')).rejects.toThrow('tenant compute resources not found');
});

test('the hostname of a specification is a further host, and a changed one takes its place', async () => {
  const ecs = await open();
  const named = (hostname?: string) => ecsSpec('acme', hostname ? { networking: { hostname } } : {});
  await ecs.provider.provision(named('shop.example.com'));
  await ecs.pass(ROLLOUT);
  expect(ecs.hosts()).toEqual([['acme.apps.example.com', 'shop.example.com']]);
  expect((await ecs.provider.getStatus('acme')).endpoints).toEqual([
    url('acme.apps.example.com'),
    url('shop.example.com'),
  ]);
  expect((await ecs.provider.validate(named('shop.example.com'))).warnings.join()).not.toContain('hostname');
  await ecs.provider.update('acme', named('store.example.com'));
  expect(ecs.hosts()).toEqual([['acme.apps.example.com', 'store.example.com']]);
  await ecs.pass(ROLLOUT);
  await ecs.provider.update('acme', named());
  expect(ecs.hosts()).toEqual([['acme.apps.example.com']]);
});

test('a tenant cannot take the host of another one', async () => {
  const load_balancer = settings().load_balancer;
  const hostname = 'other.apps.example.com';
  expect(issuesOf(ecsSpec('acme', { networking: { hostname } }), { load_balancer })).toEqual([
    {
      pointer: '/networking/hostname',
      message: `hostname must not be ${hostname}: that is the address of another tenant`,
    },
  ]);
  const own = { networking: { hostname: 'acme.apps.example.com' } };
  expect(issuesOf(ecsSpec('acme', own), { load_balancer })).toEqual([]);
  const others = { host: 'x-{tenant_id}.example.com', listener_arn: next };
  for (const key of ['host', 'listener_arn'] as const) {
    const provider_config = { load_balancer: { ...load_balancer, [key]: others[key] } };
    expect(issuesOf(ecsSpec('acme', { provider_config }), { load_balancer })).toEqual([
      {
        pointer: `/provider_config/load_balancer/${key}`,
        message: expect.stringContaining('only be set by the operator'),
      },
    ]);
  }
});

test('a host for which the listener has another rule is refused, and nothing is left behind', async () => {
  const ecs = await open();
  const host = 'acme.apps.example.com';
  ecs.fake.call('CreateTargetGroup', { Name: 'operators', VpcId: 'vpc-0a', Protocol: 'HTTP', Port: 80 });
  const TargetGroupArn = ecs.groups()[0]?.TargetGroupArn;
  ecs.fake.call('CreateRule', {
    ListenerArn: https,
    Priority: 1,
    Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [host] } }],
    Actions: [{ Type: 'forward', TargetGroupArn }],
  });
  const error = await refusal(ecs.provider.provision(ecsSpec('acme')), ResourceConflictError);
  expect(error.message).toContain(`another rule for ${host}`);
  expect(ecs.groups()).toHaveLength(1);
  expect(inventory(ecs.fake)).toEqual([]);
});

test('priorities that are taken are passed over, also those that another call takes meanwhile', async () => {
  const ecs = await open();
  for (const tenant of ['one', 'two', 'three']) await ecs.provider.provision(ecsSpec(tenant));
  const priorities = ecs.rules().map(({ Priority }) => Number(Priority));
  expect(new Set(priorities).size).toBe(3);
  expect(Math.min(...priorities)).toBeGreaterThanOrEqual(1000);
  await ecs.provider.destroy('one');
  await ecs.pass(ROLLOUT);
  await ecs.provider.destroy('one');
  await ecs.pass(ROLLOUT);
  const [first] = priorities;
  const { rule } = [...ecs.fake.state.balancing.rules.values()][0] ?? {};
  if (rule) rule.Priority = String(first);
  ecs.fake.fail('CreateRule', { kind: 'refuse', type: 'PriorityInUseException', message: 'in use' });
  await ecs.provider.provision(ecsSpec('one'));
  expect(ecs.rules().map(({ Priority }) => Number(Priority))).toContain((first ?? 0) + 1);
});

test.each<[string, FakeEcsOptions, string, RegExp]>([
  ['that does not exist', {}, `${base}:listener/app/none/1/2`, /the listener .* does not exist/],
  ['that takes no HTTP', {}, tls, /takes tls, and a host needs HTTP or HTTPS/],
  ['in another VPC', {}, elsewhere, /the target group cannot be used/],
  ['without room for a rule', { limits: { rules: 0 } }, https, /0 of 0 rules/],
  ['without room for a target group', { limits: { groups: 0 } }, https, /as many target groups as it may have/],
])(
  'a listener %s is refused with one message, and nothing is left behind',
  async (_name, options, listener, message) => {
    const ecs = await open({ vpc: 'vpc-0a', ...options });
    const provider = ecs.provide({ defaults: settings(listener) });
    const error: unknown = await provider.provision(ecsSpec('acme')).catch((thrown: unknown) => thrown);
    expect(error instanceof ProviderFailedError || error instanceof ProvisionFailedError).toBe(true);
    expect((error as ProviderFailedError).message).toMatch(message);
    expect((error as ProviderFailedError).retryable).toBe(false);
    expect((error as ProviderFailedError).hint).not.toBe('');
    ecs.nothingIsLeft();
  },
);

test('a load balancer that is almost full is told of before it is full', async () => {
  const ecs = await open({ limits: { rules: 5 } });
  const messages: string[] = [];
  for (const tenant of ['a', 'b', 'c', 'd', 'e'])
    messages.push((await ecs.provider.provision(ecsSpec(tenant))).message);
  const [, , third, fourth, fifth] = messages;
  expect(third).not.toContain('rules');
  expect(fourth).toContain('4 of 5 rules');
  expect(fifth).toContain('5 of 5 rules');
  const error = await refusal(ecs.provider.provision(ecsSpec('f')), ProviderFailedError);
  expect(error.message).toContain('5 of 5 rules');
  expect(ecs.groups()).toHaveLength(5);
});

test('tenants move to another listener, whose URL they get, and the rule of before goes after their old tasks', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT);
  for (const [listener, expected] of [
    [next, 'https://acme.apps.example.com'],
    [http, 'http://acme.apps.example.com:8080'],
  ] as const) {
    const moved = ecs.provide({ defaults: settings(listener) });
    await moved.update('acme', spec);
    expect(ecs.rules()).toHaveLength(2);
    await ecs.pass(ROLLOUT);
    expect((await moved.getStatus('acme')).metadata.open_steps).toContain('the rule and the target group of before');
    await moved.update('acme', spec);
    const { metadata, endpoints } = await moved.getStatus('acme');
    expect(metadata.open_steps).toBeUndefined();
    expect(endpoints.map((one) => one.url)).toEqual([expected]);
    expect(ecs.rules().map((rule) => rule.listener)).toEqual([listener]);
    expect(ecs.groups()).toHaveLength(1);
  }
  expect(ecs.fake.state.balancing.cuts).toBe(0);
});

test.each([
  ['of a retired listener', { load_balancer: { ...settings().load_balancer, retired: true } }],
  ['without the setting', {}],
])('tenants %s lose their host, and a destroy still finds it', async (_name, later) => {
  const ecs = await open();
  const bare = ecs.provide({ defaults: { ...defaults, ...later } });
  for (const tenant of ['acme', 'other']) await ecs.provider.provision(ecsSpec(tenant));
  await ecs.pass(ROLLOUT);
  await bare.update('acme', ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  await bare.update('acme', ecsSpec('acme'));
  expect(ecs.hosts()).toEqual([['other.apps.example.com']]);
  expect((await bare.getStatus('acme')).metadata.open_steps).toBeUndefined();
  for (const tenant of ['acme', 'other']) await bare.destroy(tenant);
  await ecs.pass(ROLLOUT);
  for (const tenant of ['acme', 'other']) await bare.destroy(tenant);
  ecs.nothingIsLeft();
});

test('a target group of the name without Berth’s tags is a conflict, and stays', async () => {
  const ecs = await open();
  const Name = groupName(CLUSTER_ARN, 'berth-ecs_acme', https);
  ecs.fake.call('CreateTargetGroup', { Name, VpcId: 'vpc-0a', Protocol: 'HTTP', Port: 80 });
  const error = await refusal(ecs.provider.provision(ecsSpec('acme')), ResourceConflictError);
  expect(error.message).toContain(Name);
  await ecs.provider.destroy('acme');
  expect(ecs.groups()).toHaveLength(1);
});

test('health check, tags and draining of a target group follow the specification and the settings', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec, { installation: 'one', incarnation: 'first' });
  const { attributes, tags } = [...ecs.fake.state.balancing.groups.values()][0] ?? {};
  expect(attributes?.get('deregistration_delay.timeout_seconds')).toBe('30');
  expect(Object.fromEntries(tags ?? [])).toMatchObject({ 'berth.owner': 'berth', 'berth.incarnation': 'first' });
  const checked = ecsSpec('acme', {
    containers: spec.containers.map((container, index) => {
      if (index > 0) return container;
      const timing = { interval_seconds: 20, timeout_seconds: 4, healthy_threshold: 1, unhealthy_threshold: 5 };
      return { ...container, health_check: { type: 'http' as const, http_path: '/health', ...timing } };
    }),
  });
  const { load_balancer } = settings();
  const slower = ecs.provide({ defaults: { ...defaults, load_balancer: { ...load_balancer, drain_seconds: 120 } } });
  await slower.update('acme', checked, { installation: 'one', incarnation: 'first' });
  expect(ecs.groups()).toMatchObject([
    { HealthCheckPath: '/health', HealthCheckIntervalSeconds: 20, UnhealthyThresholdCount: 5 },
  ]);
  expect(attributes?.get('deregistration_delay.timeout_seconds')).toBe('120');
});

test.each([
  [{}, 'load_balancer needs target_group_arn or listener_arn'],
  [{ listener_arn: https }, 'listener_arn needs host'],
  [{ host: '{tenant_id}.example.com' }, 'load_balancer needs target_group_arn or listener_arn'],
  [{ listener_arn: https, host: 'apps.example.com' }, 'host must be a host name with {tenant_id}'],
  [
    { listener_arn: https, host: '{tenant_id}.example.com', url: 'https://x.example' },
    'url goes with target_group_arn',
  ],
  [{ listener_arn: `${base}:listener/net/x/1/2`, host: '{tenant_id}.x.org' }, 'a listener of an Application Load'],
])('the settings %j are refused: %s', async (load_balancer, message) => {
  const ecs = await open();
  const provider = ecs.provide({ defaults: { ...defaults, load_balancer } });
  await expect(provider.validate(ecsSpec('acme'))).rejects.toThrow(message);
});

test('the address of a specification is its hosts, and the settings tell where it will change', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme', { networking: { hostname: 'shop.example.com' } });
  expect(await ecs.provider.addresses(spec)).toEqual(['acme.apps.example.com', 'shop.example.com']);
  expect(await ecs.provide().addresses(spec)).toEqual([]);
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT);
  expect(await ecs.provider.settingsToApply('acme')).toBeUndefined();
  const moved = ecs.provide({ defaults: settings(next) });
  expect(await moved.settingsToApply('acme')).toMatch(/not applied to the tenant yet: the address will change$/);
  const more = ecs.provide({ defaults: { ...settings(), desired_count: 2 } });
  expect(await more.settingsToApply('acme')).toMatch(/not applied to the tenant yet$/);
});
