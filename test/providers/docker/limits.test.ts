import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitIssues, limitsOf } from '../../../src/providers/docker/limits.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

test('containers with resources of their own get those, and the others share the rest', () => {
  const containers = [
    aContainer({ name: 'db', resources: { cpu: 500, memory: 600 } }),
    aContainer({ name: 'web' }),
    aContainer({ name: 'worker' }),
  ];
  const spec = aSpec({ containers, resources: { cpu: 1000, memory: 1001 } });
  expect(Object.fromEntries(limitsOf(spec))).toEqual({
    db: { millicores: 500, memoryMb: 600 },
    web: { millicores: 250, memoryMb: 200 },
    worker: { millicores: 250, memoryMb: 200 },
  });
});

test('the sum of the limits never exceeds the resources of the tenant', () => {
  const own = fc.option(
    fc.record({ cpu: fc.integer({ min: 128, max: 400 }), memory: fc.integer({ min: 128, max: 400 }) }),
    {
      nil: undefined,
    },
  );
  fc.assert(
    fc.property(fc.array(own, { minLength: 1, maxLength: 10 }), (all) => {
      const containers = all.map((resources, index) =>
        aContainer({ name: `c${index}`, ...(resources && { resources }) }),
      );
      const resources = { cpu: 4096, memory: 4096 };
      const limits = [...limitsOf(aSpec({ containers, resources })).values()];
      expect(limits.reduce((sum, { millicores }) => sum + millicores, 0)).toBeLessThanOrEqual(resources.cpu);
      expect(limits.reduce((sum, { memoryMb }) => sum + memoryMb, 0)).toBeLessThanOrEqual(resources.memory);
    }),
  );
});

test('a container whose share is too small is refused by name', () => {
  const containers = [aContainer({ resources: { cpu: 256, memory: 250 } }), aContainer({ name: 'worker' })];
  const messages = limitIssues(aSpec({ containers })).map(({ pointer, message }) => `${pointer}: ${message}`);
  expect(messages).toEqual([
    expect.stringMatching(/^\/resources\/cpu: cpu leaves 0 millicores for container worker, which needs 10/),
    expect.stringMatching(/^\/resources\/memory: memory leaves 6 MB for container worker, which needs 8/),
  ]);
});
