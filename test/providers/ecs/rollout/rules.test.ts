import { describe, expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { readTenantSettings } from '../../../../src/providers/ecs/config.ts';
import { planTenant } from '../../../../src/providers/ecs/rollout/plan.ts';
import { checkEcsSpec } from '../../../../src/providers/ecs/rollout/rules.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { defaults, name, registerForeign } from '../ecs-subject.ts';
import { ecsSpec, issuesOf, openEcs, plan, withImage } from '../open-ecs.ts';

test('secrets and logs require an execution role', () => {
  const spec = ecsSpec('acme', { secrets: [{ name: 'token', source: 'aws-ssm', key: '/berth/acme/t', env_var: 'T' }] });
  expect(() => plan(spec, { execution_role_arn: undefined, log_group: '/tenants' })).toThrow(
    /secrets need the execution role.*logs need the execution role/s,
  );
});

test('everything that Fargate and ECS do not support is reported at once', () => {
  const spec = ecsSpec('acme');
  const [web, ...others] = spec.containers;
  const issues = issuesOf({
    ...spec,
    resources: { cpu: 20_000, memory: 512, storage: 300_000 },
    labels: { 'berth.spec_hash': 'x' },
    containers: web
      ? [
          {
            ...web,
            ports: [{ container_port: 8080, host_port: 80, protocol: 'tcp' }],
            health_check: {
              type: 'tcp',
              interval_seconds: 600,
              timeout_seconds: 1,
              healthy_threshold: 2,
              unhealthy_threshold: 20,
            },
          },
          ...others.map((one) => ({ ...one, ports: [{ container_port: 8080, protocol: 'udp' as const }] })),
        ]
      : [],
  });
  expect(Object.fromEntries(issues.map(({ pointer, message }) => [pointer, message]))).toEqual({
    '/labels/berth.spec_hash': 'the label berth.spec_hash is reserved for Berth',
    '/resources': 'resources must be at most 16000 millicores and 122880 MB on Fargate',
    '/resources/storage': 'storage must be at most 204800 MB on Fargate',
    '/containers/0/health_check/interval_seconds': 'interval_seconds must be from 5 to 300 on ECS',
    '/containers/0/health_check/timeout_seconds': 'timeout_seconds must be from 2 to 60 on ECS',
    '/containers/0/health_check/unhealthy_threshold': 'unhealthy_threshold must be from 1 to 10 on ECS',
    '/containers/0/health_check/healthy_threshold': 'healthy_threshold must be 1 on ECS',
    '/containers/0/ports/0/host_port': 'host_port must equal container_port on ECS, or be left out',
    '/containers/1/ports/0/container_port':
      'port 8080 is used by web and worker: all containers share one address, with one protocol per port',
  });
});

test('a task definition larger than ECS accepts is refused', () => {
  const spec = ecsSpec('acme');
  const env = { LONG: '"'.repeat(32_000) };
  expect(issuesOf({ ...spec, containers: spec.containers.map((one) => ({ ...one, env })) })).toEqual([
    { pointer: '/containers', message: expect.stringContaining('exceed the 64 KB') },
  ]);
});

const ecr = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/app:1`;
const registry_arn = `arn:aws:servicediscovery:${REGION}:${ACCOUNT}:service/srv-utcrh6wavdkggqtk`;
const target_group_arn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/acme/73e2d6bc24d8a067`;
const task_definition_arn = `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/golden:1`;
const secret = { name: 'token', source: 'aws-secrets-manager', key: 'berth/acme/token:json', env_var: 'TOKEN' };
const old = { platform_version: '1.3.0' };
const onInstances = { launch_type: 'EC2' };

/** Rules that ECS has: where, what the message says, and what breaks it. */
const broken: [pointer: string, message: string, spec: TenantComputeSpec, settings?: Record<string, unknown>][] = [
  ['/containers/0/image', 'at most 255 characters', withImage(ecsSpec('acme'), `good.example/${'a'.repeat(250)}:1`)],
  [
    '/containers/0/image',
    'a private image of ECR needs the execution role',
    withImage(ecsSpec('acme'), ecr),
    { execution_role_arn: undefined },
  ],
  [
    '/networking/public_ip',
    'only Fargate assigns them',
    ecsSpec('acme', { networking: { public_ip: true } }),
    onInstances,
  ],
  [
    '/provider_config/assign_public_ip',
    'only Fargate assigns them',
    ecsSpec('acme'),
    { ...onInstances, assign_public_ip: true },
  ],
  [
    '/resources/cpu',
    'at most 192000 millicores on EC2',
    ecsSpec('acme', { resources: { cpu: 200_000, memory: 1024 } }),
    onInstances,
  ],
  [
    '/resources/storage',
    'needs platform version 1.4.0',
    ecsSpec('acme', { resources: { cpu: 250, memory: 512, storage: 30_000 } }),
    old,
  ],
  [
    '/resources/cpu',
    'needs platform version 1.4.0',
    ecsSpec('acme', { resources: { cpu: 8000, memory: 16_384 } }),
    old,
  ],
  [
    '/provider_config/cpu_architecture',
    'needs platform version 1.4.0',
    ecsSpec('acme'),
    { ...old, cpu_architecture: 'ARM64' },
  ],
  ['/secrets/0/key', 'needs platform version 1.4.0', ecsSpec('acme', { secrets: [secret] }), old],
  [
    '/provider_config/service_registry',
    'Cloud Map needs a tcp port of the specification: port 9999',
    ecsSpec('acme'),
    { service_registry: { registry_arn, container_port: 9999 } },
  ],
  [
    '/provider_config/load_balancer',
    'needs container_name and container_port where a given task definition runs',
    ecsSpec('acme'),
    { task_definition_arn, load_balancer: { target_group_arn } },
  ],
  ...['execution_role_arn', 'task_role_arn'].map(
    (setting): [string, string, TenantComputeSpec, Record<string, unknown>] => [
      `/provider_config/${setting}`,
      `must be of account ${ACCOUNT}`,
      ecsSpec('acme'),
      { [setting]: 'arn:aws:iam::999999999999:role/x' },
    ],
  ),
  [
    '/provider_config/task_definition_arn',
    `must be of account ${ACCOUNT} in ${REGION}`,
    ecsSpec('acme'),
    { task_definition_arn: task_definition_arn.replace(REGION, 'us-east-1') },
  ],
  [
    '/provider_config/load_balancer/target_group_arn',
    `must be of account ${ACCOUNT} in ${REGION}`,
    ecsSpec('acme'),
    { load_balancer: { target_group_arn: target_group_arn.replace(REGION, 'us-east-1') } },
  ],
  [
    '/provider_config/service_registry/registry_arn',
    `must be of account ${ACCOUNT} in ${REGION}`,
    ecsSpec('acme'),
    { service_registry: { registry_arn: registry_arn.replace(ACCOUNT, '999999999999') } },
  ],
];

test.each(broken)(
  'a specification that breaks a rule of ECS is refused at %s: %s',
  (pointer, message, spec, settings = {}) => {
    expect(issuesOf(spec, settings)).toEqual([{ pointer, message: expect.stringContaining(message) }]);
  },
);

test.each([
  [[{ name: 'FARGATE' }, { name: 'FARGATE' }], 'name each capacity provider once'],
  [[{ name: 'FARGATE', weight: 0 }], 'a weight greater than 0'],
  [
    [
      { name: 'FARGATE', base: 1 },
      { name: 'FARGATE_SPOT', base: 1 },
    ],
    'a base for only one of them',
  ],
])('capacity providers that ECS refuses are refused in the settings: %j', (capacity_providers, message) => {
  expect(() => plan(ecsSpec('acme'), { capacity_providers })).toThrow(message);
});

test('the size of a task definition counts the tags of the origin, whose values differ', () => {
  const sized = (length: number) => {
    const [web, worker] = ecsSpec('acme').containers;
    return ecsSpec('acme', {
      containers: [{ ...web, env: { A: 'x'.repeat(30_000), B: 'x'.repeat(length) } }, worker] as never,
    });
  };
  const refused = (length: number) => issuesOf(sized(length)).length > 0;
  let [fits, tooLong] = [25_000, 32_768];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (refused(middle)) tooLong = middle;
    else fits = middle;
  }
  const origin = { installation: 'a1b2c3d4e5f6g7', incarnation: 'a1b2c3d4e5f6' };
  const { definition } = plan(sized(fits));
  expect(JSON.stringify(definition?.input).length).toBeLessThan(65_536);
  expect(JSON.stringify(planned(sized(fits), origin)).length).toBeLessThanOrEqual(65_536);
});

function planned(spec: TenantComputeSpec, origin: { installation: string; incarnation: string }) {
  return planTenant(spec, name, defaults, origin).definition?.input;
}

describe('a warning of validate tells', () => {
  const warningsOf = (settings: Record<string, unknown>) => {
    return checkEcsSpec(ecsSpec('acme'), readTenantSettings(ecsSpec('acme'), name, { ...defaults, ...settings }))
      .warnings;
  };

  test('of a number of tasks outside of the scaling', () => {
    const warnings = warningsOf({ desired_count: 1, autoscaling: { min: 2, max: 4, cpu_percent: 50 } });
    expect(warnings).toContain('desired_count 1 is outside of autoscaling, from 2 to 4: 2 counts');
  });

  test('of a platform version outside of Fargate', () => {
    expect(warningsOf({ ...onInstances, platform_version: '1.4.0' })).toContain(
      'platform_version has no effect outside Fargate',
    );
  });

  test('of ports of a given task definition, which Service Connect does not name', async () => {
    await using ecs = await openEcs({ namespaces: ['tenants.internal'] });
    const settings = {
      task_definition_arn: registerForeign(ecs.fake, 'golden', 'good.example/golden:1'),
      service_connect: { namespace: 'tenants.internal' },
    };
    expect(warningsOf(settings).join()).toContain('Service Connect gives no names');
    const provider = ecs.provide({ defaults: { ...defaults, ...settings } });
    expect((await provider.provision(ecsSpec('acme'))).status).toBe('in_progress');
  });
});
