import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinName, namesOf } from '../../../src/providers/docker/names.ts';

const part = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);

test('names contain prefix, provider and tenant', () => {
  const names = namesOf('berth', 'docker', 'acme');
  expect(names.network).toBe('berth_docker_acme');
  expect(names.container('web', 3)).toBe('berth_docker_acme_web_3');
  expect(names.probe('web', 3)).toBe('berth_docker_acme_web_3_probe');
  expect(names.volume(7)).toBe('berth_docker_acme_7');
});

test('every name is valid for the engine and as short as a DNS label', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), (parts) => {
      expect(joinName(...parts)).toMatch(/^[a-z0-9][a-z0-9_-]{1,62}$/);
    }),
  );
});

test('different tenants, containers and numbers never share a name', () => {
  const owner = fc.record({ tenant: part, container: part, number: fc.integer({ min: 1, max: 99 }) });
  fc.assert(
    fc.property(owner, owner, (one, other) => {
      const [a, b] = [one, other].map(({ tenant, container, number }) =>
        namesOf('berth', 'docker', tenant).container(container, number),
      );
      expect(a === b).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});
