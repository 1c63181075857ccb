import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { changedFields } from '../../../src/compute/spec/spec-diff.ts';
import { changedDigests, digestFields, packDigests, unpackDigests } from '../../../src/providers/ecs/field-digests.ts';

test('digests reveal the same changes as the specifications', () => {
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

test('a foreign label has no digests', () => {
  for (const label of [undefined, '', 'x', Buffer.from('not deflated').toString('base64url')]) {
    expect(unpackDigests(label)).toBeUndefined();
  }
});
