import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { clashMistakes, defineProvider, descriptorMistakes } from '../../src/compute/descriptor/descriptor.ts';
import { ComputeError, InvalidSpecError, TenantNotFoundError } from '../../src/compute/errors.ts';
import type { Provider } from '../../src/compute/provider.ts';

const create = () => ({}) as Provider;

describe('defineProvider', () => {
  test('returns the descriptor, which can no longer be changed', () => {
    const descriptor = {
      type: 'nomad',
      create,
      configSchema: z.strictObject({}),
      permissions: [],
      events: { source: ['nomad'], 'detail-type': ['Job Ended'] },
      maxConcurrentChanges: 3,
      runsOn: ['host'],
      docs: 'https://example.com',
    } as const;
    expect(defineProvider(descriptor)).toBe(descriptor);
    expect(Object.isFrozen(descriptor)).toBe(true);
  });

  test.each([
    [undefined, 'it is not an object'],
    [{ create }, 'type must be'],
    [{ type: '-x', create }, 'type must be'],
    [{ type: 'x' }, 'create must be a function'],
    [{ type: 'x', create, permissions: 'all' }, 'permissions must be'],
    [{ type: 'x', create, events: { source: 'aws.ecs' } }, 'events must be'],
    [{ type: 'x', create, maxConcurrentChanges: 0 }, 'maxConcurrentChanges must be'],
    [{ type: 'x', create, runsOn: [] }, 'runsOn must list'],
    [{ type: 'x', create, configSchema: {} }, 'configSchema must be a zod schema'],
    [{ type: 'x', create, isTenantSocket: true }, 'isTenantSocket must be'],
    [{ type: 'x', create, docs: 1 }, 'docs must be'],
    [{ type: 'x', create, permission: [] }, 'the field permission is unknown'],
  ])('refuses %o', (descriptor, message) => {
    expect(descriptorMistakes(descriptor).join()).toContain(message);
    expect(() => defineProvider(descriptor as never)).toThrow(message);
  });
});

test('two modules that define one type clash; two providers of one module do not', () => {
  const [one, other] = [defineProvider({ type: 'x', create }), defineProvider({ type: 'x', create })];
  const a = { name: 'a', type: './one.ts', descriptor: one };
  const b = { name: 'b', type: './other.ts', descriptor: other };
  expect(clashMistakes([a, { ...a, name: 'c' }])).toEqual([]);
  expect(clashMistakes([a, b])).toEqual([
    { name: 'b', mistake: 'the modules ./one.ts and ./other.ts both define the type x. Rename it in one of them' },
  ]);
});

test('an error of another copy of Berth is recognized by its code', () => {
  const foreign = Object.assign(new Error('tenant compute resources not found'), {
    [Symbol.for('berth.ComputeError')]: true,
    code: 'tenant_not_found',
  });
  expect(foreign).toBeInstanceOf(ComputeError);
  expect(foreign).toBeInstanceOf(TenantNotFoundError);
  expect(foreign).not.toBeInstanceOf(InvalidSpecError);
  expect(new Error('tenant_not_found')).not.toBeInstanceOf(ComputeError);
});
