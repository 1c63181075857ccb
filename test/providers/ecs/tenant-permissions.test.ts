import { expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { OPERATOR_ONLY } from '../../../src/providers/ecs/config.ts';
import { isAllowed } from '../../../src/providers/ecs/tenant-permissions.ts';
import { CLUSTER_ARN } from './ecs-subject.ts';
import { ecsSpec, issuesOf } from './open-ecs.ts';

const roleOf = (path: string) => `arn:aws:iam::123456789012:role/${path}`;
const target = (name: string) =>
  `arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/${name}/73e2d6bc24d8a067`;

function withConfig(provider_config: Record<string, unknown>): TenantComputeSpec {
  return ecsSpec('acme', { provider_config });
}

const values: Record<(typeof OPERATOR_ONLY)[number], unknown> = {
  cluster_arn: CLUSTER_ARN.replace('/tenants', '/others'),
  region: 'eu-central-1',
  execution_role_arn: roleOf('admin'),
  launch_type: 'FARGATE',
  capacity_providers: [{ name: 'FARGATE' }],
  platform_version: '1.4.0',
  log_group: '/another/tenant',
  service_name_prefix: 'other-',
  assume_role: { role_arn: roleOf('admin') },
  allowed_registries: ['registry.example.com'],
  tags: { team: 'x' },
  gateway: { arn: 'arn:aws:ecs:eu-central-1:123456789012:gateway/other/a1b2' },
  service_connect: { namespace: 'others' },
  deployment: { strategy: 'canary' },
  efs: { file_system_id: 'fs-0bbbbbbb' },
  rollout_timeout_seconds: 60,
  destroy_wait_seconds: 0,
  revisions_kept: 1,
  allow: {},
};

test.each(OPERATOR_ONLY)('%s cannot be chosen by a tenant', (key) => {
  const settings = { task_role_arn: roleOf('standard') };
  expect(issuesOf(withConfig({ [key]: values[key] }), settings)).toContainEqual({
    pointer: `/provider_config/${key}`,
    message: `${key} can only be set by the operator, in the defaults of this provider`,
  });
});

test('a task role is the operator’s, or one that the operator lists for this tenant', () => {
  const chosen = (role: string) => withConfig({ task_role_arn: roleOf(role) });
  const allow = { task_role_arns: [roleOf('berth/tenant/{tenant_id}'), roleOf('berth/shared')] };
  const refused = [
    {
      pointer: '/provider_config/task_role_arn',
      message: 'task_role_arn is not one that the operator allows for this tenant (allow.task_role_arns)',
    },
  ];
  expect(issuesOf(chosen('admin'))).toEqual(refused);
  expect(issuesOf(chosen('berth/tenant/acme'))).toEqual(refused);
  expect(issuesOf(chosen('berth/tenant/acme'), { allow })).toEqual([]);
  expect(issuesOf(chosen('berth/shared'), { allow })).toEqual([]);
  expect(issuesOf(chosen('berth/tenant/other'), { allow })).toEqual(refused);
  expect(issuesOf(chosen('berth/standard'), { task_role_arn: roleOf('berth/standard') })).toEqual([]);
});

test('networks are the operator’s, or listed', () => {
  const allow = { subnets: ['subnet-0bbbbbbb'], security_groups: ['sg-0bbbbbbb'] };
  const networking = { subnets: ['subnet-0bbbbbbb'], security_groups: ['sg-0bbbbbbb'] };
  expect(issuesOf(ecsSpec('acme', { networking })).map(({ pointer }) => pointer)).toEqual([
    '/networking/subnets',
    '/networking/security_groups',
  ]);
  expect(issuesOf(ecsSpec('acme', { networking }), { allow })).toEqual([]);
  expect(issuesOf(withConfig({ subnets: ['subnet-0bbbbbbb'] }))).toEqual([
    {
      pointer: '/provider_config/subnets',
      message: 'subnet-0bbbbbbb is not one of the subnets that the operator allows (allow.subnets)',
    },
  ]);
  expect(issuesOf(ecsSpec('acme', { networking: { subnets: ['subnet-0aaaaaaa'] } }))).toEqual([]);
});

test('public addresses, task counts, target groups, registries and task definitions have to be allowed', () => {
  expect(issuesOf(ecsSpec('acme', { networking: { public_ip: true } }), { allow: { public_ip: false } })).toEqual([
    { pointer: '/networking/public_ip', message: 'the operator allows no public addresses (allow.public_ip)' },
  ]);
  expect(issuesOf(withConfig({ assign_public_ip: true }), { allow: { public_ip: false } })[0]?.pointer).toBe(
    '/provider_config/assign_public_ip',
  );
  expect(issuesOf(withConfig({ desired_count: 11 }))).toEqual([
    { pointer: '/provider_config/desired_count', message: 'desired_count must be at most 10 (allow.desired_count)' },
  ]);
  const balanced = withConfig({ load_balancer: { target_group_arn: target('acme') } });
  expect(issuesOf(balanced)[0]?.pointer).toBe('/provider_config/load_balancer/target_group_arn');
  expect(issuesOf(balanced, { allow: { target_group_arns: [target('{tenant_id}')] } })).toEqual([]);
  const registry_arn = 'arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-utcrh6wavdkggqtk';
  expect(issuesOf(withConfig({ service_registry: { registry_arn } }))[0]?.pointer).toBe(
    '/provider_config/service_registry/registry_arn',
  );
  expect(
    issuesOf(withConfig({ service_registry: { registry_arn } }), { allow: { service_registry_arns: [registry_arn] } }),
  ).toEqual([]);
  const task_definition_arn = 'arn:aws:ecs:eu-central-1:123456789012:task-definition/privileged:1';
  expect(issuesOf(withConfig({ task_definition_arn }))[0]?.pointer).toBe('/provider_config/task_definition_arn');
  expect(
    issuesOf(withConfig({ task_definition_arn }), { allow: { task_definition_arns: [task_definition_arn] } }),
  ).toEqual([]);
});

test('secrets are the tenant’s, or listed', () => {
  const withSecret = (source: string, key: string) =>
    ecsSpec('acme', { secrets: [{ name: 'token', source, key, env_var: 'TOKEN' }] });
  const isRefused = (source: string, key: string, settings = {}) =>
    issuesOf(withSecret(source, key), settings).length > 0;
  for (const [source, key] of [
    ['aws-secrets-manager', 'berth/acme/token'],
    ['aws-secrets-manager', 'berth/acme/token:json:AWSCURRENT:'],
    ['aws-secrets-manager', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:berth/acme/token-a1B2c3'],
    ['aws-ssm', '/berth/acme/token'],
    ['aws-ssm', 'arn:aws:ssm:eu-central-1:123456789012:parameter/berth/acme/token'],
  ] as const) {
    expect(isRefused(source, key), key).toBe(false);
  }
  for (const [source, key] of [
    ['aws-secrets-manager', 'berth/other/token'],
    ['aws-secrets-manager', 'berth/acme'],
    ['aws-secrets-manager', 'prod/database'],
    ['aws-secrets-manager', 'arn:aws:secretsmanager:eu-central-1:999999999999:secret:berth/acme/token-a1B2c3'],
    ['aws-secrets-manager', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:berth/other/token-a1B2c3'],
    ['aws-ssm', '/berth/other/token'],
    ['aws-ssm', 'arn:aws:ssm:eu-central-1:123456789012:parameter/prod/database'],
    ['aws-ssm', 'berth/acme/token with spaces'],
    ['vault', 'berth/acme/token'],
  ] as const) {
    expect(isRefused(source, key), key).toBe(true);
  }
  expect(issuesOf(withSecret('aws-secrets-manager', 'berth/acme/token-a1B2c3'))).toMatchObject([
    { pointer: '/secrets/0/key', message: expect.stringContaining('must have the complete ARN as its key') },
  ]);
  expect(isRefused('aws-secrets-manager', 'berth/acme/token-a1B2c')).toBe(false);
  expect(isRefused('aws-ssm', '/prod/acme', { allow: { secrets: ['/prod/{tenant_id}'] } })).toBe(false);
  expect(issuesOf(withSecret('aws-ssm', '/prod/database'))).toEqual([
    {
      pointer: '/secrets/0/key',
      message:
        'secret token is not one that the tenant may read: the operator allows berth/{tenant_id}/*, /berth/{tenant_id}/*',
    },
  ]);
});

test.each([
  ['a', ['a'], true],
  ['ab', ['a'], false],
  ['ab', ['a*'], true],
  ['xaby', ['*ab*'], true],
  ['aba', ['ab*ba'], false],
  ['abba', ['ab*ba'], true],
  ['a-acme-b', ['a-{tenant_id}-*'], true],
  ['a-other-b', ['a-{tenant_id}-*'], false],
  ['', [], false],
  ['abcabc', ['*b*b*'], true],
  ['abc', ['*b*b*'], false],
] as const)('%j is allowed by %j: %s', (value, entries, allowed) => {
  expect(isAllowed(value, entries, 'acme')).toBe(allowed);
});
