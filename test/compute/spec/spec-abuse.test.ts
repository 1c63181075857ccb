import { describe, expect, test } from 'vitest';
import {
  ContainerSpec,
  HealthCheck,
  Networking,
  PortMapping,
  Resources,
  SecretReference,
  TenantComputeSpec,
} from '../../../src/compute/spec/spec.ts';
import { replaceAt } from '../../support/json-pointer.ts';
import { issuesOf } from '../../support/spec-issues.ts';
import { aFullSpec, aSpec } from '../../support/specs.ts';

const withValue = (pointer: string, value: unknown) => replaceAt(aFullSpec(), pointer, value);

describe('names', () => {
  const good = ['a', '0', 'a-b', 'a--b', '0a', 'con', 'xn--80ak6aa92e', 'a'.repeat(63)];
  const bad = [
    'A',
    'Acme',
    '-a',
    'a-',
    '-',
    '--help',
    '.',
    '..',
    '../x',
    '..%2fx',
    'a/b',
    'a\\b',
    'a.b',
    'a_b',
    'a b',
    ' a',
    'a ',
    'a%00b',
    'a\0b',
    'a\n',
    'a\r\nX-Injected: 1',
    '\u001b[31ma',
    'аcme', // Cyrillic а
    'acmé',
    'ａcme', // fullwidth a
    'a\u200bb',
    'a\u0301',
    'ı',
    '🚢',
    '\ud800',
    'a;rm -rf',
    '$(id)',
    '`id`',
    'a'.repeat(10_000),
  ];

  describe.each(['/tenant_id', '/containers/0/name', '/secrets/0/name'])('%s', (pointer) => {
    test.each(good)('accepts %j', (name) => {
      expect(issuesOf(withValue(pointer, name))).toEqual([]);
    });

    test.each(bad)('refuses %j', (name) => {
      const issues = issuesOf(withValue(pointer, name));
      expect(issues).not.toEqual([]);
      for (const issue of issues) expect(issue.pointer).toBe(pointer);
    });
  });
});

describe('unknown fields', () => {
  const objects = [
    '',
    '/containers/0',
    '/containers/0/ports/0',
    '/containers/0/health_check',
    '/containers/0/resources',
    '/resources',
    '/networking',
    '/secrets/0',
  ];

  test.each(objects)('are refused in %j, with their pointer', (at) => {
    for (const key of ['surprise', '', 'Tenant_Id']) {
      const pointer = `${at}/${key}`;
      expect(issuesOf(withValue(pointer, 1))).toEqual([{ pointer, message: `unknown field: ${key}` }]);
    }
  });

  test('are escaped in the pointer', () => {
    expect(issuesOf({ ...aSpec(), 'a/b~c': 1 })).toEqual([{ pointer: '/a~1b~0c', message: 'unknown field: a/b~c' }]);
  });

  const maps = ['/containers/0/env', '/labels', '/provider_config'];
  const poison = ['__proto__', 'constructor', 'prototype'];
  test.each([...objects, ...maps])('that give access to a prototype are refused in %j', (at) => {
    for (const key of poison) {
      const pointer = `${at}/${key}`;
      for (const value of ['x', {}, { polluted: true }]) {
        expect(issuesOf(withValue(pointer, value))).toContainEqual({ pointer, message: `unknown field: ${key}` });
      }
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('that give access to a prototype are refused deep inside provider_config, once each', () => {
    const inner = JSON.parse('{"a":[{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}]}');
    expect(issuesOf(aSpec({ provider_config: inner })).map((issue) => issue.pointer)).toEqual(
      expect.arrayContaining([
        '/provider_config/a/0/__proto__',
        '/provider_config/a/0/constructor',
        '/provider_config/a/0/constructor/prototype',
      ]),
    );
    expect(issuesOf(aSpec({ provider_config: inner }))).toHaveLength(3);
  });
});

describe('values of unexpected types', () => {
  const pointers = Object.entries({
    ...TenantComputeSpec.shape,
    ...prefixed('containers/0', ContainerSpec.shape),
    ...prefixed('containers/0/ports/0', PortMapping.shape),
    ...prefixed('containers/0/health_check', HealthCheck.shape),
    ...prefixed('resources', Resources.shape),
    ...prefixed('networking', Networking.shape),
    ...prefixed('secrets/0', SecretReference.shape),
  }).map(([path]) => `/${path}`);
  const nasty = JSON.parse('[null,{"toString":1,"valueOf":1},[[]],[{}],true,1e308,"",-1,{"length":-1},[null,null]]');

  test.each(pointers)('%s accepts or refuses them, and never throws another error', (pointer) => {
    for (const value of nasty) expect(() => issuesOf(withValue(pointer, value))).not.toThrow();
  });
});

function prefixed(path: string, shape: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [`${path}/${key}`, schema]));
}
