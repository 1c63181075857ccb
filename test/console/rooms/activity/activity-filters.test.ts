import { expect, test } from 'vitest';
import type { OperationSummary } from '../../../../src/client/types.ts';
import {
  ACTIVITY_TYPES,
  activityPath,
  OPERATION_STATES,
  readActivityFilters,
  searchOperations,
} from '../../../../src/console/rooms/activity/activity-filters.ts';
import * as kinds from '../../../../src/tenants/model/operation-kinds.ts';

test('the filters name every type and state of operations', () => {
  expect(ACTIVITY_TYPES).toEqual(kinds.ACTIVITY_TYPES);
  expect(OPERATION_STATES).toEqual(kinds.OPERATION_STATES);
});

test('filters are in the address, and unknown values are left out', () => {
  const filters = { state: 'failed', type: 'update', search: 'a&b' } as const;
  const query = Object.fromEntries(new URL(activityPath(filters), 'http://x').searchParams);
  expect(readActivityFilters(query)).toEqual(filters);
  expect(readActivityFilters({ state: 'odd', type: '<b>' })).toEqual({ search: '' });
  expect(activityPath(readActivityFilters({}))).toBe('/console/activity');
});

test('the search looks at tenant, caller, message and error', () => {
  const operations = [
    { tenant_id: 'acme', actor: 'rollout:app-2', message: 'done' },
    { tenant_id: 'globex', actor: 'local', error: { code: 'update_failed', message: 'no route' } },
  ] as unknown as OperationSummary[];
  const found = (search: string) => searchOperations(operations, search).map(({ tenant_id }) => tenant_id);
  expect(found('')).toEqual(['acme', 'globex']);
  expect(found('APP-2')).toEqual(['acme']);
  expect(found('globex route')).toEqual(['globex']);
  expect(found('acme route')).toEqual([]);
});
