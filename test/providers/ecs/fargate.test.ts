import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fargateSize, roundingNote } from '../../../src/providers/ecs/fargate.ts';
import type { EcsState } from '../../support/fake-ecs/ecs-state.ts';
import { validateDefinition } from '../../support/fake-ecs/validate-definition.ts';
import { ecsSpec, openEcs } from './open-ecs.ts';

test.each([
  [128, 128, { cpu: 256, memory: 512 }],
  [250, 512, { cpu: 256, memory: 512 }],
  [251, 512, { cpu: 512, memory: 1024 }],
  [250, 3000, { cpu: 512, memory: 3072 }],
  [250, 8192, { cpu: 1024, memory: 8192 }],
  [4000, 30_721, { cpu: 8192, memory: 32_768 }],
  [16_000, 122_880, { cpu: 16_384, memory: 122_880 }],
  [16_001, 1024, undefined],
  [250, 122_881, undefined],
])('for %i millicores and %i MB Fargate offers %j', (cpu, memory, size) => {
  expect(fargateSize({ cpu, memory })).toEqual(size);
});

test('every size is large enough, and ECS accepts it', () => {
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

test('rounding is reported in the units of the specification', async () => {
  await using ecs = await openEcs();
  const spec = ecsSpec('acme', { resources: { cpu: 300, memory: 600 } });
  const note =
    'cpu and memory were rounded up from 300 millicores and 600 MB to 500 millicores and 1024 MB, ' +
    'a size that Fargate offers';
  expect((await ecs.provider.provision(spec)).message).toBe(`ECS is starting the tasks; ${note}`);
  expect(await ecs.provider.validate(spec)).toEqual({ warnings: [note] });
  expect(roundingNote({ cpu: 250, memory: 512 }, {})).toBe('');
});
