import { describe, expect, test } from 'vitest';
import { defaultLabels, isOwned, labelsFor } from '../../src/compute/labels.ts';

const defaults = { 'berth.owner': 'berth', 'berth.tenant_id': 'acme', 'berth.provider': 'docker' };

test('the default labels say whose the resource is, of which tenant, and of which provider', () => {
  expect(defaultLabels('acme', 'docker')).toEqual(defaults);
});

describe('labelsFor', () => {
  test("puts the defaults beside the tenant's own labels", () => {
    expect(labelsFor({ tenant_id: 'acme', labels: { team: 'checkout' } }, 'docker')).toEqual({
      team: 'checkout',
      ...defaults,
    });
  });

  test('gives the defaults alone to a tenant without labels', () => {
    expect(labelsFor({ tenant_id: 'acme' }, 'docker')).toEqual(defaults);
  });

  test('lets the defaults win over what a tenant claims, and leaves the specification alone', () => {
    const labels = Object.freeze({ 'berth.owner': 'me', 'berth.tenant_id': 'victim', 'berth.provider': 'ecs' });
    expect(labelsFor({ tenant_id: 'acme', labels }, 'docker')).toEqual(defaults);
    expect(labels['berth.tenant_id']).toBe('victim');
  });
});

describe('isOwned', () => {
  test('recognises what carries the default labels of the provider', () => {
    expect(isOwned(labelsFor({ tenant_id: 'acme', labels: { team: 'x' } }, 'docker'), 'docker')).toBe(true);
  });

  test.each([
    ['no labels', {}],
    ['another owner', { ...defaults, 'berth.owner': 'someone' }],
    ['another provider', { ...defaults, 'berth.provider': 'docker-2' }],
    ['no tenant', { 'berth.owner': 'berth', 'berth.provider': 'docker' }],
    ['an empty tenant', { ...defaults, 'berth.tenant_id': '' }],
  ])('disowns a resource with %s', (_case, labels) => {
    expect(isOwned(labels, 'docker')).toBe(false);
  });
});
