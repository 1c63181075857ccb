import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EcsConfig } from '../../../src/providers/ecs/config.ts';
import { secretIssues } from '../../../src/providers/ecs/secrets.ts';
import { defaults } from './ecs-subject.ts';
import { ecsSpec } from './open-ecs.ts';

const config = EcsConfig.parse(defaults);
const tenant = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
const arns = { 'aws-secrets-manager': 'secretsmanager', 'aws-ssm': 'ssm' } as const;

function isRefused(tenantId: string, source: string, key: string): boolean {
  const secrets = [{ name: 'token', source, key, env_var: 'TOKEN' }];
  return secretIssues(ecsSpec(tenantId, { secrets }), config).length > 0;
}

/** Returns all notations of an owner's secret, including malformed ones. */
function keysOf(owner: string): [source: keyof typeof arns, key: string][] {
  const names = [`berth/${owner}/token`, `/berth/${owner}/token`, `//berth/${owner}/token`, `berth//${owner}/token`];
  const inArn = (service: string, resource: string, account = '123456789012', region = 'eu-central-1') =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  return (Object.keys(arns) as (keyof typeof arns)[]).flatMap((source) => [
    ...names.map((name): [typeof source, string] => [source, name]),
    ...names.flatMap((name): [typeof source, string][] => [
      [source, inArn(arns[source], `secret:${name}-a1B2c3`)],
      [source, inArn(arns[source], `parameter${name}`)],
      [source, inArn(arns[source], `parameter/${name}`)],
    ]),
  ]);
}

test('a tenant gets no secret of another tenant, in any notation', () => {
  fc.assert(
    fc.property(tenant, tenant, (mine, other) => {
      fc.pre(mine !== other);
      for (const [source, key] of keysOf(other)) expect([key, isRefused(mine, source, key)]).toEqual([key, true]);
    }),
  );
});

test('a tenant gets no secret of another account, region or partition, nor one with a similar name', () => {
  for (const key of [
    'arn:aws:secretsmanager:eu-central-1:999999999999:secret:berth/acme/token-a1B2c3',
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:berth/acme/token-a1B2c3',
    'arn:aws-cn:secretsmanager:eu-central-1:123456789012:secret:berth/acme/token-a1B2c3',
    'arn:aws:iam::123456789012:role/berth/acme/token',
    'berth/acme-2/token',
    'berth/acmetoken',
    'BERTH/acme/token',
    'berth/acme',
    'xberth/acme/token',
    'berth/*/token',
    'berth/{tenant_id}/token',
  ]) {
    expect([key, isRefused('acme', 'aws-secrets-manager', key)]).toEqual([key, true]);
  }
  expect(isRefused('acme', 'aws-secrets-manager', 'berth/acme/token')).toBe(false);
});
