import { expect, test } from 'vitest';
import type { Tenant } from '../../../../src/client/types.ts';
import { nextSteps } from '../../../../src/console/rooms/tenant/next-steps.ts';

interface Given {
  phase?: Tenant['phase'];
  health?: Tenant['health'];
  serving?: number | null;
  running?: Tenant['last_operation']['type'];
  restarts?: number;
}

/** Returns a tenant whose desired revision is 2, with what the next step depends on. */
function tenantOf({ phase = 'ready', health = 'healthy', serving = 2, running, restarts = 0 }: Given): Tenant {
  const last_operation = { type: running ?? 'update', state: running ? 'running' : 'succeeded' };
  const observed = { health, serving_revision: serving, restart_count: restarts };
  return { tenant_id: 'acme', phase, revision: 2, ...observed, last_operation } as Tenant;
}

test.each<[Given, string[]]>([
  [{}, []],
  [{ health: 'unknown' }, []],
  [{ health: 'unhealthy' }, ['logs']],
  [{ phase: 'failed', serving: null }, ['logs']],
  [{ phase: 'failed', serving: 1 }, ['logs', 'rollback']],
  [{ phase: 'updating', serving: 1, running: 'update' }, ['cancel', 'change']],
  [{ phase: 'updating', serving: 1, running: 'update', health: 'unhealthy' }, ['logs', 'cancel', 'change']],
  [{ phase: 'destroying', serving: 1, running: 'destroy' }, ['change']],
  [{ phase: 'provisioning', serving: null, running: 'provision' }, ['change']],
  [{ phase: 'provisioning', serving: null, running: 'provision', restarts: 4 }, ['logs', 'change']],
  [{ phase: 'stopped', serving: null }, ['start']],
  [{ phase: 'destroyed', serving: null }, ['apply']],
])('the next steps of %j are %j', (given, names) => {
  const steps = nextSteps(tenantOf(given));
  expect(steps.map(({ name }) => name)).toEqual(names);
  for (const { command } of steps) expect(command).toMatch(/^npx berth /);
});
