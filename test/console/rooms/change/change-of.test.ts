import { expect, test } from 'vitest';
import type { ComputeStatus, Tenant } from '../../../../src/client/types.ts';
import { changeOf } from '../../../../src/console/rooms/change/change-of.ts';

const AT = '2026-01-01T00:10:00.000Z';
const EARLIER = '2026-01-01T00:05:00.000Z';

function tenantOf(last: Partial<Tenant['last_operation']>, serving: number | null = 2): Tenant {
  return { revision: 4, serving_revision: serving, last_operation: { revision: 4, ...last } } as Tenant;
}

const status = { metadata: { pending_message: 'web: refused', pending_until: EARLIER } } as unknown as ComputeStatus;

test('a running update is compared with the revision that serves, and ends when the first of two limits is reached', () => {
  expect(changeOf(tenantOf({ type: 'update', state: 'running', deadline_at: AT }), status)).toEqual({
    isRunning: true,
    from: 2,
    to: 4,
    waitsFor: 'web: refused',
    until: EARLIER,
  });
});

test.each<[Partial<Tenant['last_operation']>, number | null, number | undefined]>([
  [{ type: 'update', state: 'succeeded' }, 4, 3],
  [{ type: 'update', state: 'running' }, null, 3],
  [{ type: 'restart', state: 'running' }, 4, undefined],
  [{ type: 'provision', state: 'succeeded', revision: 1 }, 1, undefined],
])('%j, while %j serves, is compared with revision %j', (last, serving, from) => {
  expect(changeOf(tenantOf(last, serving), undefined)).toMatchObject({ from, waitsFor: '' });
});
