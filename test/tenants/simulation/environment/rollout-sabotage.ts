import type { Rollout } from '../../../../src/rollouts/model/rollout.ts';
import type { Item, Table } from '../../../../src/tenants/store/table.ts';
import type { Sabotage } from './sabotage.ts';

/** A saboteur for each comparison of rollouts, and the program in which it strikes. */
export const rolloutSaboteurs: readonly (Sabotage & { program: string })[] = [
  {
    title: 'a table that forgets that a rollout is paused',
    program: 'a rollout that is paused, resumed, paused and aborted',
    foundAs: 'begun_after_halt',
    table: (honest) => withRead(honest, (rollout) => (rollout.phase === 'paused' ? { phase: 'running' } : {})),
  },
  {
    title: 'a tenants door that changes a tenant for a rollout twice',
    program: 'a rollout in two waves',
    foundAs: 'changed_twice',
    tenants: (honest) => ({
      rollback: (tenantId, revision, caller) => honest.rollback(tenantId, revision, caller),
      update: async (spec, caller) => {
        await honest.update(spec, caller);
        return honest.update({ ...spec, labels: { again: 'yes' } }, { ...caller, ifMatch: undefined });
      },
    }),
  },
  {
    title: 'a table that gives a rollout a larger budget than it was started with',
    program: 'a rollout that halts, and is undone',
    foundAs: 'over_budget',
    table: (honest) => withRead(honest, ({ spec }) => ({ spec: { ...spec, failure_budget: 100 } })),
  },
  {
    title: 'a tenants door that rolls back to the first revision',
    program: 'a rollout that undoes itself to the second of three versions',
    foundAs: 'not_restored',
    tenants: (honest) => ({
      rollback: (tenantId, _, caller) => honest.rollback(tenantId, 1, caller),
      update: (spec, caller) => honest.update(spec, caller),
    }),
  },
  {
    title: 'a table that forgets an undo before its last tenant',
    program: 'a rollout that halts, and is undone',
    foundAs: 'not_restored',
    table: (honest) => withRead(honest, ({ phase, next }) => (phase === 'undoing' ? { next: next - 1 } : {})),
  },
  {
    title: 'a table that drops the last rows of a page',
    program: 'a rollout in two waves',
    foundAs: 'no_outcome',
    table: (honest) =>
      withWrite(honest, 'rows#', (page: { rows: unknown[] }) => ({ ...page, rows: page.rows.slice(0, 2) })),
  },
  {
    title: 'a table that records that a tenant of a rollout was skipped where it succeeded',
    program: 'a rollout in two waves',
    foundAs: 'miscounted',
    table: (honest) =>
      withWrite(honest, 'rollout#', (rollout: Rollout) => {
        return { ...rollout, outcomes: rollout.outcomes.replaceAll('s', 'k') };
      }),
  },
  {
    title: 'a bus that drops announcements of rollouts',
    program: 'a rollout in two waves',
    foundAs: 'unannounced',
    put: (honest) => async (entries) => {
      const kept = entries.filter(({ DetailType }) => !DetailType.startsWith('Rollout '));
      const answers = await honest(kept);
      return entries.map((entry) => answers[kept.indexOf(entry)] ?? { EventId: 'dropped' });
    },
  },
];

/** Returns a table that changes rollouts as they are read. */
function withRead(honest: Table, change: (rollout: Rollout) => Partial<Rollout>): Table {
  return {
    ...honest,
    async get(pk, sk) {
      const item = await honest.get(pk, sk);
      if (!item?.pk.startsWith('rollout#')) return item;
      const rollout = JSON.parse(item.data) as Rollout;
      return { ...item, data: JSON.stringify({ ...rollout, ...change(rollout) }) };
    },
  };
}

/** Returns a table that changes what it writes of a kind of items. */
function withWrite<Record>(honest: Table, prefix: string, change: (record: Record) => Record): Table {
  const changed = (item: Item) => ({ ...item, data: JSON.stringify(change(JSON.parse(item.data))) });
  return {
    ...honest,
    put: (item, expected) => honest.put(item.pk.startsWith(prefix) ? changed(item) : item, expected),
  };
}
