import { inParallel } from '../../compute/in-parallel.ts';
import { addMs } from '../../tenants/clock.ts';
import { advance, type Need, needOf } from '../decide/advance.ts';
import { type Verdict, verdictOf } from '../decide/verdict.ts';
import { OutcomeList } from '../model/outcome-list.ts';
import type { InFlight, Rollout, Row } from '../model/rollout.ts';
import type { RolloutWorkContext } from './context.ts';
import { type Ended, READS, withOutcomes } from './settle.ts';

/** How many positions the health of a bake is looked at in one step. */
const CHECKED_AT_ONCE = 200;
/** How many tenants are looked at for the end of a bake. The health of more is that of the latest round of looks. */
const LOOKED_AT_ONCE = 50;
/** How long after a bake a health is waited for that nothing observed. Milliseconds. */
const UNSETTLED_MS = 10 * 60_000;

/** `unsettled`: health that has to be looked at again, because it is not known yet. */
export interface Progressed {
  rollout: Rollout;
  unsettled: boolean;
}

/** Goes as far as the record, the pages and the health of tenants allow. */
export async function progress(rollout: Rollout, now: string, context: RolloutWorkContext): Promise<Progressed> {
  let next = rollout;
  for (;;) {
    next = advance(next, now);
    const need = needOf(next, now);
    if (need.kind === 'nothing') return { rollout: next, unsettled: false };
    if (need.kind === 'begin') {
      next = await begin(next, need, now, context);
      continue;
    }
    const checked = await check(next, need, now, context);
    if (checked.unsettled) return { rollout: advance(checked.rollout, now), unsettled: true };
    next = checked.rollout;
  }
}

/** Puts the next tenants in flight. */
async function begin(
  rollout: Rollout,
  { action, from, to, room, wanted }: Extract<Need, { kind: 'begin' }>,
  now: string,
  { store }: RolloutWorkContext,
): Promise<Rollout> {
  const outcomes = new OutcomeList(rollout.outcomes);
  const positions: number[] = [];
  let next = from;
  while (next < to && positions.length < room) {
    next = outcomes.find(next, to, wanted);
    if (next < to) positions.push(next++);
  }
  const rows = await store.rowsAt(rollout, positions);
  // A tenant that the rollout did not change has nothing to go back to.
  const begun = rows.filter(({ row }) => action === 'update' || row.to_revision !== undefined);
  for (const { position } of begun) outcomes.set(position, 'updating');
  const entries = begun.map(({ position, row }): InFlight => ({ ...row, position, action, begun_at: now }));
  return {
    ...rollout,
    outcomes: outcomes.toString(),
    in_flight: [...rollout.in_flight, ...entries],
    ...(action === 'update' ? { next } : { undo_next: next }),
  };
}

/** Looks at the health of the next tenants of a wave whose bake is over. */
async function check(
  rollout: Rollout,
  { from, to }: Extract<Need, { kind: 'check' }>,
  now: string,
  context: RolloutWorkContext,
): Promise<Progressed> {
  const { store } = context;
  const outcomes = new OutcomeList(rollout.outcomes);
  const until = Math.min(to, from + CHECKED_AT_ONCE);
  const positions: number[] = [];
  for (let at = from; at < until; at += 1) if (outcomes.at(at) === 'succeeded') positions.push(at);
  const isLate = addMs(rollout.bake?.until ?? now, UNSETTLED_MS) <= now;
  const ended = new Map<number, Ended>();
  let unsettled = false;
  const isFew = positions.length <= LOOKED_AT_ONCE;
  await inParallel(await store.rowsAt(rollout, positions), READS, async ({ position, row }) => {
    const verdict = await verdictAt(row, { observedSince: isFew ? (rollout.bake?.until ?? now) : '' }, context);
    if (verdict.kind === 'good') return;
    if (verdict.kind === 'unsettled' && !isLate) unsettled = true;
    else {
      const outcome = verdict.kind === 'skipped' ? 'skipped' : 'failed';
      ended.set(position, { ...row, outcome, detail: verdict.detail });
    }
  });
  const settled = await withOutcomes(rollout, new Map([...ended].sort(([a], [b]) => a - b)), context);
  if (unsettled || !settled.bake) return { rollout: settled, unsettled };
  return { rollout: { ...settled, bake: { ...settled.bake, checked: until } }, unsettled };
}

/**
 * Returns the verdict on a tenant by its health on record. Has it looked at where it is not known, or where the latest look
 * was earlier than `observedSince`: a look that finds no change is not on record.
 */
async function verdictAt(
  row: Row,
  { observedSince }: { observedSince: string },
  { tenantStore, lookAt }: RolloutWorkContext,
): Promise<Verdict> {
  const read = async () => {
    const { tenant } = await tenantStore.getTenant(row.tenant_id);
    const shown = tenant && (await tenantStore.healthOf(tenant));
    return { tenant, shown, verdict: verdictOf(row, tenant, shown) };
  };
  const { tenant, shown, verdict } = await read();
  const isOld = verdict.kind === 'good' && (shown?.observed_at ?? '') < observedSince;
  if (!lookAt || !tenant || (verdict.kind !== 'unsettled' && !isOld)) return verdict;
  await lookAt(tenant);
  return (await read()).verdict;
}
