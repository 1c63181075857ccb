import { expect, test } from 'vitest';
import type { Tenant } from '../../../src/client/types.ts';
import { possibleActions } from '../../../src/console/actions/possible.ts';

interface Given {
  phase?: Tenant['phase'];
  serving?: number | null;
  running?: Tenant['last_operation']['type'];
}

/** Returns a tenant whose desired revision is 2, with what its actions depend on. */
function tenantOf({ phase = 'ready', serving = 2, running }: Given): Tenant {
  const last_operation = { type: running ?? 'update', state: running ? 'running' : 'succeeded' };
  return { tenant_id: 'acme', phase, revision: 2, serving_revision: serving, last_operation } as Tenant;
}

test.each<[Given, string[]]>([
  [{}, ['restart', 'rollback', 'stop', 'destroy']],
  [{ phase: 'stopped', serving: null }, ['start', 'rollback', 'destroy']],
  [{ phase: 'stopping', running: 'stop' }, ['start', 'destroy']],
  [{ phase: 'failed', serving: 1 }, ['rollback', 'stop', 'destroy']],
  [{ phase: 'updating', serving: 1, running: 'update' }, ['cancel', 'rollback', 'stop', 'destroy']],
  [{ phase: 'updating', serving: 2, running: 'heal' }, ['rollback', 'stop', 'destroy']],
  [{ phase: 'provisioning', serving: null, running: 'provision' }, ['rollback', 'stop', 'destroy']],
  [{ phase: 'destroying', running: 'destroy' }, []],
  [{ phase: 'destroyed', serving: null }, []],
])('the actions of %j are %j', (given, names) => {
  expect(possibleActions(tenantOf(given), { stop: true })).toEqual(names);
});

test('a provider that cannot stop a tenant gets no button for it', () => {
  expect(possibleActions(tenantOf({}), { stop: false })).toEqual(['restart', 'rollback', 'destroy']);
  expect(possibleActions(tenantOf({ phase: 'stopped', serving: null }), { stop: false })).toEqual([
    'rollback',
    'destroy',
  ]);
});

test('a version that waits is approved once for each gate', () => {
  const waits = (approvals: { gate: string }[]) => {
    const tenant = tenantOf({ phase: 'updating', serving: 1, running: 'update' });
    const last_operation = { ...tenant.last_operation, gate: { id: 'g2', since: '' }, approvals };
    return possibleActions({ ...tenant, last_operation } as Tenant, { stop: false });
  };
  expect(waits([{ gate: 'g1' }])).toContain('approve');
  expect(waits([{ gate: 'g1' }, { gate: 'g2' }])).not.toContain('approve');
});
