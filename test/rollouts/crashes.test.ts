import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutcomeList } from '../../src/rollouts/model/outcome-list.ts';
import { hasEnded } from '../../src/rollouts/model/rollout.ts';
import { RolloutSweeper } from '../../src/rollouts/reconcile/rollout-sweeper.ts';
import type { Item, Table } from '../../src/tenants/store/table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { aRollout, createFleet } from './fleet.ts';

class Crash extends Error {}

/** A table that a process loses at its n-th request: before the request takes effect, or after. */
function mortal(table: Table, at: number, when: 'before' | 'after'): Table {
  let requests = 0;
  const guard = async <T>(effect: () => Promise<T>): Promise<T> => {
    requests += 1;
    if (requests > at || (requests === at && when === 'before')) throw new Crash();
    const result = await effect();
    if (requests >= at) throw new Crash();
    return result;
  };
  return {
    get: (pk, sk) => guard(() => table.get(pk, sk)),
    put: (item, expected) => guard(() => table.put(item, expected)),
    remove: (pk, sk) => guard(() => table.remove(pk, sk)),
    query: (query) => guard(() => table.query(query)),
  };
}

/** Records, for each write of the rollout, who is in flight and in which phase it is. */
function observed(table: Table) {
  const writes: { phase: string; begun: string[]; inFlight: number }[] = [];
  let known = new Set<string>();
  return {
    writes,
    table: {
      ...table,
      async put(item: Item, expected: number | 'absent' | 'any') {
        await table.put(item, expected);
        if (!item.pk.startsWith('rollout#')) return;
        const { phase, in_flight } = JSON.parse(item.data);
        const now = new Set<string>(
          in_flight.map((one: { tenant_id: string; action: string }) => `${one.action} ${one.tenant_id}`),
        );
        writes.push({ phase, begun: [...now].filter((one) => !known.has(one)), inFlight: now.size });
        known = now;
      },
    },
  };
}

const SIZE = 5;
const MAX_IN_FLIGHT = 2;

test('a worker that dies at any request leaves a rollout that the next one finishes rightly', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 120 }),
    fc.constantFrom('before' as const, 'after' as const),
    fc.constantFrom('2', 'bad'),
    fc.constantFrom('pause' as const, 'undo' as const),
    async (at, when, tag, on_failure) => {
      const { table, writes } = observed(createMemoryTable());
      const fleet = await createFleet({ size: SIZE, table });
      const waves = [
        { size: '2', bake_seconds: 0, gate: 'auto' as const },
        { size: '100%', bake_seconds: 0, gate: 'auto' as const },
      ];
      const request = aRollout(tag, { waves, on_failure, max_in_flight: MAX_IN_FLIGHT });
      await fleet.rollouts.start(request, fleet.caller);
      const dying = fleet.withTable(mortal(table, at, when));
      await new RolloutSweeper(dying).sweep().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      fleet.clock.time += 60_000;
      const rollout = await fleet.settle('app');

      // Every tenant has one outcome, and the counts are those of the rows.
      const { tenants: rows } = await fleet.rollouts.tenantsOf('app', { limit: 100, caller: 'operator' });
      expect(rows.map(({ tenant_id }) => tenant_id)).toEqual([...fleet.specs.keys()].sort());
      const counts = new OutcomeList(rollout.outcomes).counts();
      for (const [outcome, count] of Object.entries(counts)) {
        expect([outcome, rows.filter((row) => row.outcome === outcome).length]).toEqual([outcome, count]);
      }
      // No tenant was changed twice: one revision for the update, and one for its way back.
      for (const { tenant_id, outcome, to_revision } of rows) {
        const { desired } = await fleet.tenants.get(tenant_id);
        const expected = outcome === 'undone' ? 3 : to_revision === null || to_revision === undefined ? 1 : 2;
        expect([tenant_id, desired.revision]).toEqual([tenant_id, expected]);
        if (outcome === 'undone') expect(desired.spec.containers[0]?.image).toBe('app:1');
      }
      // Nothing is begun after a halt, and never more than may be.
      const halt = writes.findIndex(({ phase }) => phase === 'paused' || phase === 'undoing');
      const late =
        halt < 0 ? [] : writes.slice(halt).flatMap(({ begun }) => begun.filter((one) => one.startsWith('update')));
      expect(late).toEqual([]);
      expect(Math.max(...writes.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(MAX_IN_FLIGHT);
      // The budget is passed by at most those in flight.
      const changed = rows.filter(({ to_revision }) => to_revision !== null && to_revision !== undefined);
      if (tag === 'bad') expect(changed.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
      expect(rollout.phase).toBe(tag === '2' ? 'succeeded' : on_failure === 'undo' ? 'undone' : 'paused');
      if (hasEnded(rollout)) expect(counts.pending + counts.updating).toBe(0);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});
