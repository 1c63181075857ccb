import { describe, expect, test } from 'vitest';
import { countRows, filterRows, fleetPath, readFilters } from '../../../../src/console/rooms/fleet/filters.ts';
import { rowOf } from './row-of.ts';

const rows = [
  rowOf('acme'),
  rowOf('globex', { provider_type: 'docker', health: 'unhealthy', reason: 'CrashLoop' }),
  rowOf('initech', { phase: 'updating' }),
];
const none = readFilters({});
const idsOf = (given: Partial<typeof none>) =>
  filterRows(rows, { ...none, ...given }).map(({ tenant_id }) => tenant_id);

describe('filters of the fleet', () => {
  test.each([
    [{}, ['acme', 'globex', 'initech']],
    [{ search: 'CRASH glob' }, ['globex']],
    [{ search: 'acme docker' }, []],
    [{ state: 'failing' }, ['globex']],
    [{ phase: 'updating', provider: 'process' }, ['initech']],
    [{ provider: '<b>' }, []],
  ])('%j leave %j', (given, ids) => {
    expect(idsOf(given)).toEqual(ids);
  });

  test('are in the address, and read from it again', () => {
    const filters = { search: 'a&b=c #d', state: 'failing', phase: '', provider: 'docker' };
    const path = fleetPath(filters);
    expect(readFilters(Object.fromEntries(new URL(path, 'http://x').searchParams))).toEqual(filters);
    expect(fleetPath(none)).toBe('/console/');
  });

  test('counts name every state, and only the phases and providers that there are', () => {
    expect(countRows(rows)).toEqual({
      total: 3,
      states: [
        { value: 'failing', count: 1 },
        { value: 'changing', count: 1 },
        { value: 'unknown', count: 0 },
        { value: 'healthy', count: 1 },
        { value: 'stopped', count: 0 },
      ],
      phases: [
        { value: 'ready', count: 2 },
        { value: 'updating', count: 1 },
      ],
      providers: [
        { value: 'docker', count: 1 },
        { value: 'process', count: 2 },
      ],
    });
  });
});
