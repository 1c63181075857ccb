import { inParallel } from '../../compute/in-parallel.ts';
import { type Made, observe, type Progress } from '../decide/observe.ts';
import { OutcomeList, type OutcomeState } from '../model/outcome-list.ts';
import { actorOf, type InFlight, type Rollout, type Row } from '../model/rollout.ts';
import { waveName } from '../model/waves.ts';
import type { RolloutContext } from './context.ts';
import type { SendFailure } from './sender.ts';

/** How many tenants are read at a time. */
export const READS = 16;
/** How often asking for a change may fail for a passing reason. */
const MOST_FAILURES = 10;
const MAX_FAILURES_SHOWN = 20;
const MAX_DETAIL = 500;

/** What became of a position, and the details of its row. */
export interface Ended extends Partial<Row> {
  tenant_id: string;
  outcome: OutcomeState;
  detail: string;
}

/** Returns how far tenants in flight are, by their positions. */
export async function observeInFlight(
  rollout: Rollout,
  entries: readonly InFlight[],
  context: RolloutContext,
): Promise<Map<number, Progress>> {
  const { tenantStore } = context;
  const actor = actorOf(rollout);
  const operationOf = (id: string) => tenantStore.getOperation(id);
  const seen = await inParallel(entries, READS, async (entry) => {
    const { tenant } = await tenantStore.getTenant(entry.tenant_id);
    return [entry.position, await observe(entry, tenant, { actor, operationOf })] as const;
  });
  return new Map(seen);
}

/**
 * Returns the rollout with the outcomes of the tenants that ended; the very one that was given where none did. Tenants that
 * were not observed stay as they are.
 */
export async function settle(
  rollout: Rollout,
  observed: ReadonlyMap<number, Progress>,
  failureOf: (entry: InFlight) => SendFailure | undefined,
  context: RolloutContext,
): Promise<Rollout> {
  const ended = new Map<number, Ended>();
  const kept: InFlight[] = [];
  for (const entry of rollout.in_flight) {
    const { position, tenant_id } = entry;
    const progress = observed.get(position);
    const made: Made | undefined = progress && 'made' in progress ? progress.made : undefined;
    if (!progress) kept.push(entry);
    else if (rollout.phase === 'undoing' && entry.action === 'update' && made) {
      // It need not come up before it goes back: a newer request takes the place of the one under way.
      kept.push({ ...entry, ...made, action: 'undo' });
    } else if (progress.kind === 'ended') {
      const { outcome, detail = '' } = progress;
      // The next undo begins at the revision of a way back that failed, and so asks for another one.
      const isKept = entry.action === 'update' || outcome === 'unrestored';
      ended.set(position, { tenant_id, outcome, detail, ...(isKept && made) });
    } else {
      const failure = progress.kind === 'not_begun' ? failureOf(entry) : undefined;
      if (!failure || (!failure.isFinal && failure.count < MOST_FAILURES)) kept.push(entry);
      else ended.set(position, unsent(entry, failure));
    }
  }
  const isSame = ended.size === 0 && kept.every((entry, index) => entry === rollout.in_flight[index]);
  return isSame ? rollout : withOutcomes({ ...rollout, in_flight: kept }, ended, context);
}

/** Returns the rollout with these outcomes. Writes their details first, so that an outcome always has them. */
export async function withOutcomes(
  rollout: Rollout,
  ended: ReadonlyMap<number, Ended>,
  { store }: RolloutContext,
): Promise<Rollout> {
  if (ended.size === 0) return rollout;
  const outcomes = new OutcomeList(rollout.outcomes);
  const failures = new Map(rollout.failures.map((failure) => [failure.tenant_id, failure]));
  const details = new Map<number, Partial<Row>>();
  for (const [position, { outcome, ...row }] of ended) {
    const detail = cut(row.detail);
    details.set(position, { ...row, detail });
    outcomes.set(position, outcome);
    if (outcome !== 'failed' && outcome !== 'unrestored') continue;
    failures.set(row.tenant_id, { tenant_id: row.tenant_id, wave: waveName(rollout, position), detail });
  }
  await store.updateRows(rollout, details);
  const shown = [...failures.values()].slice(0, MAX_FAILURES_SHOWN);
  return { ...rollout, outcomes: outcomes.toString(), failures: shown };
}

/** The outcome of a tenant that could not be asked for its change, or for its way back. */
function unsent({ action, tenant_id }: InFlight, { message, isOvertaken }: SendFailure): Ended {
  if (action === 'undo') {
    return { tenant_id, outcome: 'unrestored', detail: `it could not be brought back: ${message}` };
  }
  return { tenant_id, outcome: isOvertaken ? 'skipped' : 'failed', detail: message };
}

function cut(text: string): string {
  return text.length > MAX_DETAIL ? `${text.slice(0, MAX_DETAIL - 1).toWellFormed()}…` : text;
}
