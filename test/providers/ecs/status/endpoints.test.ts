import { expect, test } from 'vitest';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { ACCOUNT } from '../../../support/fake-ecs/fake-ecs.ts';
import { defaults, registerForeign } from '../ecs-subject.ts';
import { ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const target_group_arn = `arn:aws:elasticloadbalancing:eu-central-1:${ACCOUNT}:targetgroup/acme/73e2d6bc24d8a067`;
const registry_arn = `arn:aws:servicediscovery:eu-central-1:${ACCOUNT}:service/srv-utcrh6wavdkggqtk`;
const existing = { targetGroups: [target_group_arn], namespaces: ['tenants.internal'] };

test.each([
  [
    'a load balancer: its URL',
    { load_balancer: { target_group_arn, url: 'https://acme.example.com/app' } },
    { type: 'http', address: 'acme.example.com', port: 443, url: 'https://acme.example.com/app', stable: true },
  ],
  [
    'Cloud Map: its DNS name with the ports',
    { service_registry: { registry_arn, dns_name: 'acme.tenants.internal' } },
    { type: 'tcp', address: 'acme.tenants.internal', port: 8080, stable: true },
  ],
  [
    'Service Connect: the name in the namespace',
    { service_connect: { namespace: 'tenants.internal' } },
    { type: 'tcp', address: 'berth-ecs_acme-web-8080.tenants.internal', port: 8080, stable: true },
  ],
])('the endpoint of a tenant is that of %s', async (_name, settings, endpoint) => {
  await using ecs = await openEcs(existing);
  const provider = ecs.provide({ defaults: { ...defaults, ...settings } });
  await provider.provision(ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  expect((await provider.getStatus('acme')).endpoints).toEqual([endpoint]);
});

test('the status knows an address that the tenant chose', async () => {
  await using ecs = await openEcs(existing);
  const provider = ecs.provide({ defaults: { ...defaults, allow: { target_group_arns: [target_group_arn] } } });
  const provider_config = { load_balancer: { target_group_arn, url: 'http://acme.example.com' } };
  await provider.provision(ecsSpec('acme', { provider_config }));
  await ecs.pass(ROLLOUT);
  expect((await provider.getStatus('acme')).endpoints).toEqual([
    { type: 'http', address: 'acme.example.com', port: 80, url: 'http://acme.example.com', stable: true },
  ]);
});

test('every task of a tenant has an endpoint', async () => {
  await using ecs = await openEcs();
  await ecs.provider.provision(ecsSpec('acme', { provider_config: { desired_count: 3 } }));
  await ecs.pass(ROLLOUT);
  const { endpoints, state } = await ecs.provider.getStatus('acme');
  expect(state).toBe('running');
  expect(new Set(endpoints.map(({ address }) => address)).size).toBe(3);
});

test('a target group for a port that the specification lacks is refused', async () => {
  await using ecs = await openEcs(existing);
  const provider = ecs.provide({ defaults: { ...defaults, load_balancer: { target_group_arn, container_port: 81 } } });
  await expect(provider.validate(ecsSpec('acme'))).rejects.toThrow(
    'the load balancer needs a tcp port of the specification: port 81',
  );
});

test('a given task definition runs unchanged, and versions are still distinguished', async () => {
  await using ecs = await openEcs();
  const [first, second, broken] = [
    registerForeign(ecs.fake, 'golden', 'good.example/golden:1'),
    registerForeign(ecs.fake, 'golden', 'good.example/golden:2'),
    registerForeign(ecs.fake, 'golden', 'missing.example/golden:3'),
  ];
  const allow = { task_definition_arns: ['arn:aws:ecs:*:*:task-definition/golden:*'] };
  const provider = ecs.provide({ defaults: { ...defaults, allow } });
  const running = (task_definition_arn: string) => ecsSpec('acme', { provider_config: { task_definition_arn } });
  expect(await provider.validate(running(first))).toEqual({
    warnings: [expect.stringContaining('a given task definition runs')],
  });
  await provider.provision(running(first));
  await ecs.pass(ROLLOUT);
  const status = await provider.getStatus('acme');
  expect(status).toMatchObject({
    state: 'running',
    containers: [{ name: 'golden', ready: true }],
    metadata: { spec_hash: specHash(running(first)), task_definition: first },
  });
  expect((await provider.update('acme', running(first))).status).toBe('no_changes');
  expect(await provider.update('acme', running(second))).toMatchObject({
    status: 'in_progress',
    changes: ['/provider_config/task_definition_arn'],
  });
  expect((await provider.getStatus('acme')).metadata).toMatchObject({
    spec_hash: specHash(running(first)),
    pending_spec_hash: specHash(running(second)),
  });
  await ecs.pass(ROLLOUT);
  await provider.update('acme', running(broken));
  await ecs.pass(5 * ROLLOUT);
  expect((await provider.getStatus('acme')).metadata).toMatchObject({
    spec_hash: specHash(running(second)),
    failed_spec_hash: specHash(running(broken)),
  });
  await provider.destroy('acme');
  expect(ecs.fake.call('ListTaskDefinitions', { familyPrefix: 'golden' })).toMatchObject({
    taskDefinitionArns: [first, second, broken],
  });
});

test('two installations with equal names on two clusters of one account do not interfere', async () => {
  await using ecs = await openEcs({ clusters: ['tenants', 'others'] });
  const other = ecs.provide({
    defaults: { ...defaults, cluster_arn: defaults.cluster_arn.replace('/tenants', '/others') },
  });
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec);
  await other.provision(withImage(spec, 'good.example/app:2'));
  await ecs.pass(ROLLOUT);
  await other.destroy('acme');
  await ecs.pass(ROLLOUT);
  expect(await Array.fromAsync(other.list())).toEqual([]);
  expect((await ecs.provider.getStatus('acme')).state).toBe('running');
  expect(await Array.fromAsync(ecs.provider.list())).toEqual([{ tenant_id: 'acme', spec_hash: specHash(spec) }]);
  expect((await ecs.provider.update('acme', spec)).status).toBe('no_changes');
});
