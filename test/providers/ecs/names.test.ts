import { expect, test } from 'vitest';
import {
  defaultPrefix,
  discoveryName,
  parseClusterArn,
  portName,
  resourceName,
} from '../../../src/providers/ecs/names.ts';
import { createEcsProvider } from '../../../src/providers/ecs/provider.ts';

test('names stay within the limits of ECS, and different names stay different', () => {
  const prefix = 'p'.repeat(192);
  const ids = ['a'.repeat(63), `${'a'.repeat(62)}b`];
  const names = ids.map((id) => resourceName(prefix, id));
  expect(names.every((name) => name.length <= 255 && /^[A-Za-z0-9_-]+$/.test(name))).toBe(true);
  expect(resourceName('x'.repeat(230), 'a'.repeat(63))).toMatch(/^x{230}.{8}-[0-9a-f]{16}$/);
  expect(new Set(names).size).toBe(2);
  expect(resourceName(defaultPrefix('ecs-us'), 'x')).not.toBe(resourceName(defaultPrefix('ecs'), 'us-x'));
  expect(portName('c'.repeat(63), 65_535)).toHaveLength(64);
  expect(discoveryName('Berth_acme', 'web-8080')).toBe('berth_acme-web-8080');
  expect(discoveryName('s'.repeat(200), 'web-8080')).toHaveLength(64);
});

test.each([
  [
    'arn:aws:ecs:eu-central-1:123456789012:cluster/tenants',
    { partition: 'aws', region: 'eu-central-1', account: '123456789012', name: 'tenants' },
  ],
  [
    'arn:aws-cn:ecs:cn-north-1:123456789012:cluster/t_1',
    { partition: 'aws-cn', region: 'cn-north-1', account: '123456789012', name: 't_1' },
  ],
  ['arn:aws:ecs:eu-central-1:123456789012:service/tenants', undefined],
  ['tenants', undefined],
])('parses the cluster ARN %s: %j', (arn, address) => {
  expect(parseClusterArn(arn)).toEqual(address);
});

test.each([
  ['arn:aws:ecs:eu-west-1:111122223333:cluster/a', 'arn:aws:ecs:eu-west-1:111122223333:cluster/b', true],
  ['arn:aws:ecs:eu-west-1:111122223333:cluster/a', 'arn:aws:ecs:eu-west-2:111122223333:cluster/a', false],
  ['arn:aws:ecs:eu-west-1:111122223333:cluster/a', 'arn:aws:ecs:eu-west-1:444455556666:cluster/a', false],
])('%s and %s share the limits of ECS: %s', async (one, other, isSame) => {
  const backendOf = async (cluster_arn: string) =>
    (await createEcsProvider({ name: 'ecs', defaults: { cluster_arn, subnets: ['subnet-0a1b2c3d'] } })).backend;
  expect((await backendOf(one)) === (await backendOf(other))).toBe(isSame);
});
