import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { changedFields } from '../../../src/compute/spec/spec-diff.ts';
import { describeRounding, fargateSize } from '../../../src/providers/ecs/fargate.ts';
import { changedDigests, digestFields, packDigests, unpackDigests } from '../../../src/providers/ecs/field-digests.ts';
import {
  defaultPrefix,
  discoveryName,
  parseClusterArn,
  portName,
  resourceName,
} from '../../../src/providers/ecs/names.ts';
import { createEcsProvider } from '../../../src/providers/ecs/provider.ts';
import type { EcsState } from '../../support/fake-ecs/ecs-state.ts';
import { validateDefinition } from '../../support/fake-ecs/validate-definition.ts';
import { ecsSpec, openEcs } from './open-ecs.ts';

test.each([
  [
    { cpu: 128, memory: 128 },
    { cpu: 256, memory: 512 },
  ],
  [
    { cpu: 250, memory: 512 },
    { cpu: 256, memory: 512 },
  ],
  [
    { cpu: 251, memory: 512 },
    { cpu: 512, memory: 1024 },
  ],
  [
    { cpu: 250, memory: 3000 },
    { cpu: 512, memory: 3072 },
  ],
  [
    { cpu: 250, memory: 8192 },
    { cpu: 1024, memory: 8192 },
  ],
  [
    { cpu: 4000, memory: 30_721 },
    { cpu: 8192, memory: 32_768 },
  ],
  [
    { cpu: 16_000, memory: 122_880 },
    { cpu: 16_384, memory: 122_880 },
  ],
  [{ cpu: 16_001, memory: 1024 }, undefined],
  [{ cpu: 250, memory: 122_881 }, undefined],
])('for %j Fargate has %j', (asked, size) => {
  expect(fargateSize(asked)).toEqual(size);
});

test('whatever is asked for, the size is enough, and one that ECS takes', () => {
  const state = { roles: new Set() } as unknown as EcsState;
  const amounts = fc.record({
    cpu: fc.integer({ min: 128, max: 16_000 }),
    memory: fc.integer({ min: 128, max: 122_880 }),
  });
  fc.assert(
    fc.property(amounts, (asked) => {
      const size = fargateSize(asked);
      expect(size?.cpu).toBeGreaterThanOrEqual((asked.cpu * 1024) / 1000);
      expect(size?.memory).toBeGreaterThanOrEqual(asked.memory);
      const sizes = { cpu: String(size?.cpu), memory: String(size?.memory) };
      const containerDefinitions = [{ name: 'a', image: 'a' }];
      validateDefinition(state, {
        family: 'a',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        ...sizes,
        containerDefinitions,
      });
    }),
  );
});

test('what was rounded up is said, with the amounts in the units of the specification', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme', { resources: { cpu: 300, memory: 600 } });
  const said =
    'cpu and memory were rounded up from 300 millicores and 600 MB to 500 millicores and 1024 MB, a size that Fargate offers';
  expect((await ecs.provider.provision(spec)).message).toBe(`ECS is starting the tasks; ${said}`);
  expect(await ecs.provider.validate(spec)).toEqual({ warnings: [said] });
  expect(describeRounding({ cpu: 250, memory: 512 }, { cpu: 256, memory: 512 })).toBe('');
});

test('names are within the limits of ECS, and different ones stay different', () => {
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
])('%s is a cluster: %j', (arn, address) => {
  expect(parseClusterArn(arn)).toEqual(address);
});

test('what changed is told from the digests as it is from the specifications', () => {
  const text = fc.stringMatching(/^[a-z~/.]{1,12}$/);
  const specs = fc
    .record({
      image: text,
      env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), text, { maxKeys: 3 }),
      labels: fc.dictionary(text, text, { maxKeys: 3 }),
      cpu: fc.integer({ min: 128, max: 300 }),
      names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
      settings: fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
    })
    .map(
      ({ image, env, labels, cpu, names, settings }): TenantComputeSpec => ({
        tenant_id: 'acme',
        provider_type: 'ecs',
        containers: names.map((name) => ({ name, image, env })),
        resources: { cpu, memory: 512 },
        labels,
        provider_config: settings,
      }),
    );
  fc.assert(
    fc.property(specs, specs, (before, after) => {
      const stored = unpackDigests(packDigests(digestFields(before)));
      expect(changedDigests(stored ?? {}, digestFields(after))).toEqual(changedFields(before, after));
    }),
  );
});

test('a label that is not Berth’s tells nothing', () => {
  for (const label of [undefined, '', 'x', Buffer.from('not deflated').toString('base64url')]) {
    expect(unpackDigests(label)).toBeUndefined();
  }
});

test.each([
  ['arn:aws:ecs:eu-west-1:111122223333:cluster/a', 'arn:aws:ecs:eu-west-1:111122223333:cluster/b', true],
  ['arn:aws:ecs:eu-west-1:111122223333:cluster/a', 'arn:aws:ecs:eu-west-2:111122223333:cluster/a', false],
  ['arn:aws:ecs:eu-west-1:111122223333:cluster/a', 'arn:aws:ecs:eu-west-1:444455556666:cluster/a', false],
])('%s and %s count against the same limits: %s', async (one, other, isSame) => {
  const backendOf = async (cluster_arn: string) =>
    (await createEcsProvider({ name: 'ecs', defaults: { cluster_arn, subnets: ['subnet-0a1b2c3d'] } })).backend;
  expect((await backendOf(one)) === (await backendOf(other))).toBe(isSame);
});
