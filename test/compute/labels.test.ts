import { describe, expect, test } from 'vitest';
import { defaultLabels, isOwned, labelsFor } from '../../src/compute/labels.ts';

const defaults = { 'berth.owner': 'berth', 'berth.tenant_id': 'acme', 'berth.provider': 'docker' };

test('the default labels name the owner, the tenant and the provider', () => {
  expect(defaultLabels('acme', 'docker')).toEqual(defaults);
});

describe('labelsFor', () => {
  test("adds the defaults to the tenant's own labels", () => {
    expect(labelsFor({ tenant_id: 'acme', labels: { team: 'checkout' } }, 'docker')).toEqual({
      team: 'checkout',
      ...defaults,
    });
  });

  test('returns the defaults for a tenant without labels', () => {
    expect(labelsFor({ tenant_id: 'acme' }, 'docker')).toEqual(defaults);
  });

  test('overrides labels of the tenant by the defaults, and does not change the specification', () => {
    const labels = Object.freeze({ 'berth.owner': 'me', 'berth.tenant_id': 'victim', 'berth.provider': 'ecs' });
    expect(labelsFor({ tenant_id: 'acme', labels }, 'docker')).toEqual(defaults);
    expect(labels['berth.tenant_id']).toBe('victim');
  });
});

describe('isOwned', () => {
  test('recognizes a resource with the default labels of the provider', () => {
    expect(isOwned(labelsFor({ tenant_id: 'acme', labels: { team: 'x' } }, 'docker'), 'docker')).toBe(true);
  });

  test.each([
    ['no labels', {}],
    ['another owner', { ...defaults, 'berth.owner': 'someone' }],
    ['another provider', { ...defaults, 'berth.provider': 'docker-2' }],
    ['no tenant', { 'berth.owner': 'berth', 'berth.provider': 'docker' }],
    ['an empty tenant', { ...defaults, 'berth.tenant_id': '' }],
  ])('rejects a resource with %s', (_case, labels) => {
    expect(isOwned(labels, 'docker')).toBe(false);
  });
});
