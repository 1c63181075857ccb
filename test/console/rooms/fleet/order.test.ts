import { expect, test } from 'vitest';
import { countMoved, heldIds, sortedIds } from '../../../../src/console/rooms/fleet/order.ts';
import { rowOf } from './row-of.ts';

test('failing tenants are first, then changing, unknown, healthy and stopped ones, each by id', () => {
  const rows = [
    rowOf('e', { phase: 'stopped' }),
    rowOf('d'),
    rowOf('c'),
    rowOf('f', { health: 'unknown' }),
    rowOf('b', { phase: 'updating' }),
    rowOf('z', { health: 'unhealthy' }),
    rowOf('a', { phase: 'failed' }),
  ];
  expect(sortedIds(rows)).toEqual(['a', 'z', 'b', 'f', 'c', 'd', 'e']);
});

test('while the order is held, rows stay where they are and new ones follow', () => {
  const shown = ['b', 'gone', 'a'];
  const sorted = ['a', 'b', 'new'];
  expect(heldIds(shown, sorted)).toEqual(['b', 'gone', 'a', 'new']);
  expect(countMoved(heldIds(shown, sorted), sorted)).toBe(4);
  expect(countMoved(sorted, sorted)).toBe(0);
});
