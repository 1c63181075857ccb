import { InvalidRequestError, RolloutNotFoundError } from '../compute/errors.ts';
import { type Clock, elapsed, timestamp } from '../tenants/clock.ts';
import { OutcomeList, shownOutcome } from './model/outcome-list.ts';
import { hasEnded, type Outcome, type Rollout, type Row, rests, sizeOf } from './model/rollout.ts';
import { waveName } from './model/waves.ts';
import type { RolloutListQuery, RolloutStore } from './store/rollout-store.ts';

/** A tenant of a rollout as callers see it. */
export interface RolloutTenant extends Omit<Row, 'incarnation'> {
  wave: string;
  outcome: Outcome;
}

export interface RolloutTenantQuery {
  wave?: string | undefined;
  outcome?: Outcome | undefined;
  limit: number;
  cursor?: string | undefined;
  caller: string;
}

/** How many callers of one process wait for rollouts at a time. */
const MAX_WAITING = 100;

/** All reads of rollouts. */
export class RolloutReader {
  protected readonly rollouts: RolloutStore;
  protected readonly clock: Clock;
  #waiting = 0;

  constructor({ rollouts, clock }: { rollouts: RolloutStore; clock: Clock }) {
    this.rollouts = rollouts;
    this.clock = clock;
  }

  /**
   * Returns a rollout. With `waitMs`, returns when nothing happens any more until a caller acts, or that many milliseconds
   * have passed. Throws `RolloutNotFoundError`, and the signal's reason when it is aborted.
   */
  async get(
    rolloutId: string,
    { waitMs = 0, signal }: { waitMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Rollout> {
    const { clock } = this;
    const until = elapsed(clock) + (this.#waiting < MAX_WAITING ? waitMs : 0);
    this.#waiting += 1;
    try {
      for (let pause = 100; ; pause = Math.min(1000, pause * 1.5)) {
        const { rollout } = await this.rollouts.get(rolloutId);
        if (!rollout) throw new RolloutNotFoundError(rolloutId);
        if (rests(rollout, timestamp(clock)) || elapsed(clock) >= until) return rollout;
        await clock.sleep(Math.min(pause, until - elapsed(clock)), signal);
      }
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Returns a page of rollouts, newest first. Throws `InvalidRequestError` for a cursor of another list. */
  list(query: RolloutListQuery) {
    return this.rollouts.list(query);
  }

  /**
   * Returns a page of the tenants of a rollout, in the order in which they are begun. Throws `RolloutNotFoundError`, and
   * `InvalidRequestError` for a wave that it does not have or a cursor of another list.
   */
  async tenantsOf(rolloutId: string, { wave, outcome, limit, cursor, caller }: RolloutTenantQuery) {
    const rollout = await this.get(rolloutId);
    const scope = { caller, filter: ['rollout-tenants', rolloutId, rollout.created_at, wave, outcome] };
    const [from, to] = rangeOf(rollout, wave);
    const after = cursor === undefined ? from : Number(await this.rollouts.positionOf(cursor, scope));
    const outcomes = new OutcomeList(rollout.outcomes);
    const positions: number[] = [];
    let at = Math.max(from, after);
    for (; at < to && positions.length < limit; at += 1) {
      if (outcome === undefined || shownOutcome(outcomes.at(at)) === outcome) positions.push(at);
    }
    const rows = await this.rollouts.rowsAt(rollout, positions);
    return {
      tenants: rows.map(({ position, row }) => viewRow(rollout, position, outcomes, row)),
      next_cursor: at < to ? await this.rollouts.cursorOf(String(at), scope) : undefined,
    };
  }
}

function rangeOf(rollout: Rollout, wave: string | undefined): [from: number, to: number] {
  const { spec, ends } = rollout;
  if (wave === undefined) return [0, rollout.selection.frozen ? sizeOf(rollout) : 0];
  const index = spec.waves.findIndex(({ name }) => name === wave);
  if (index >= 0) return [ends[index - 1] ?? 0, ends[index] ?? 0];
  const names = spec.waves.map(({ name }) => name).join(', ');
  throw new InvalidRequestError([
    { pointer: '/query/wave', message: `no wave is named ${wave}; the waves are ${names}` },
  ]);
}

function viewRow(rollout: Rollout, position: number, outcomes: OutcomeList, row: Row): RolloutTenant {
  const { incarnation: _, detail, ...shown } = row;
  const outcome = shownOutcome(outcomes.at(position));
  const wasBegun = row.to_revision !== undefined || outcome === 'failed';
  const isSkippedAtEnd = hasEnded(rollout) && outcome === 'skipped' && !detail && !wasBegun;
  const entry = rollout.in_flight.find((one) => one.position === position);
  const why = isSkippedAtEnd ? `the rollout was ${rollout.phase} before its turn` : detail;
  const detailOf = entry ? (entry.action === 'undo' ? 'it is being brought back' : '') : (why ?? '');
  return { ...shown, wave: waveName(rollout, position), outcome, detail: detailOf };
}
