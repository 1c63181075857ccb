import { expect, test } from 'vitest';
import type { InFlight, Rollout } from '../../src/rollouts/model/rollout.ts';
import { DueLooks } from '../../src/rollouts/reconcile/due-looks.ts';
import { measureRollout } from './measure.ts';

test('four times as many tenants cost no more calls of the table each, and the items of a rollout stay small', async () => {
  const [few, many] = [await measureRollout(100), await measureRollout(400)];
  expect(many.reads).toBeLessThan(few.reads * 1.1);
  expect(many.writes).toBeLessThan(few.writes * 1.1);
  expect(Math.max(few.itemBytes, many.itemBytes)).toBeLessThan(20_000);
  expect(Math.max(few.pageBytes, many.pageBytes)).toBeLessThan(20_000);
});

function entriesOf(count: number): InFlight[] {
  return Array.from({ length: count }, (_, position) => {
    const row = { tenant_id: `t-${position}`, incarnation: 'life', from_revision: 1 };
    return { ...row, position, action: 'update', begun_at: '' };
  });
}

test('tenants in flight are read 50 times a second at most, and not while their request is under way', () => {
  const looks = new DueLooks();
  const rollout = { phase: 'running', in_flight: entriesOf(100) } as unknown as Rollout;
  const none = () => false;
  let reads = 0;
  for (let now = 0; now < 10_000; now += 100) {
    const due = looks.dueOf(rollout, now, none);
    looks.looked(due, rollout, now);
    reads += due.length;
  }
  expect(reads).toBe(500);
  looks.hasten(7);
  expect(looks.dueOf(rollout, 9_900, none).map(({ position }) => position)).toEqual([7]);
  expect(looks.dueOf(rollout, 20_000, ({ position }) => position > 0)).toHaveLength(1);
  expect(looks.dueOf({ ...rollout, phase: 'undoing' }, 20_000, () => true)).toHaveLength(100);
});
