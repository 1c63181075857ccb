import { randomUUID } from 'node:crypto';
import {
  InvalidRequestError,
  RolloutConflictError,
  RolloutExistsError,
  RolloutNotFoundError,
  SelectionChangedError,
  TenantNotFoundError,
} from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import { hashJson } from '../compute/spec/json.ts';
import { addMs, type Clock, elapsed, timestamp } from '../tenants/clock.ts';
import type { Store } from '../tenants/store/store.ts';
import { ConditionFailedError } from '../tenants/store/table.ts';
import { control } from './decide/control.ts';
import { OutcomeList } from './model/outcome-list.ts';
import type { RolloutPlanRequest, RolloutRequest } from './model/request.ts';
import { type Command, hasEnded, type Rollout, type RolloutSpec } from './model/rollout.ts';
import { toSpec } from './model/to-spec.ts';
import { type FleetPlan, planRollout, type Refused } from './plan/make-plan.ts';
import { selectTenants } from './plan/select-tenants.ts';
import { selectionIn, tokenOf } from './plan/token.ts';
import { freezeStep } from './reconcile/freeze.ts';
import { LEASE_MS } from './reconcile/rollout-worker.ts';
import { RolloutReader } from './rollout-reader.ts';
import type { RolloutStore } from './store/rollout-store.ts';

export interface RolloutsOptions {
  rollouts: RolloutStore;
  store: Store;
  manager: Manager;
  clock: Clock;
}

export interface RolloutCaller {
  actor: string;
  /** Aborted when the caller no longer waits. */
  signal?: AbortSignal | undefined;
}

/** How long tenants are examined for a plan, and before a start. Milliseconds. */
const EXAMINE_MS = 12_000;
const WRITE_TRIES = 20;
const REFUSED_SHOWN = 20;

/** Rollouts: changes to many tenants. Every method records what a caller wants; the worker does it. */
export class Rollouts extends RolloutReader {
  readonly #store: Store;
  readonly #manager: Manager;

  constructor({ rollouts, store, manager, clock }: RolloutsOptions) {
    super({ rollouts, clock });
    this.#store = store;
    this.#manager = manager;
  }

  /** Returns what a rollout would do now, and a token for its start. Throws `InvalidRequestError`. */
  async plan(
    request: RolloutPlanRequest,
    { signal }: Pick<RolloutCaller, 'signal'> = {},
  ): Promise<FleetPlan & { token: string }> {
    const spec = toSpec(request);
    const { plan, digest } = await this.#plan(spec, signal);
    return { token: tokenOf(spec, digest), ...plan };
  }

  /**
   * Starts a rollout. `created` is false where the identical one is there already. Throws `InvalidRequestError`, also where
   * the change makes a specification invalid, `SelectionChangedError` and `RolloutExistsError`.
   */
  async start(request: RolloutRequest, caller: RolloutCaller): Promise<{ rollout: Rollout; created: boolean }> {
    const spec = toSpec(request);
    const { rollout: known } = await this.rollouts.get(spec.rollout_id);
    if (known) return repeated(known, spec);
    const expected = request.token === undefined ? undefined : selectionIn(request.token, spec);
    const { plan, digest } = await this.#plan(spec, caller.signal);
    if (expected !== undefined && expected !== digest) {
      throw new SelectionChangedError('tenants were added, removed or changed since the plan');
    }
    if (plan.refused.length > 0) throw refusal(plan.refused);
    const holder = randomUUID();
    const begun = newRollout(spec, { actor: caller.actor, expected, holder, now: timestamp(this.clock) });
    try {
      await this.rollouts.put(begun, 0);
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      const { rollout: other } = await this.rollouts.get(spec.rollout_id);
      if (other && other.lease?.holder !== holder) return repeated(other, spec);
    }
    return { rollout: await this.#freeze(spec.rollout_id, holder), created: true };
  }

  /** Carries out a command. Repeating it changes nothing. Throws `RolloutNotFoundError` and `RolloutConflictError`. */
  control(rolloutId: string, command: Command, { actor }: RolloutCaller): Promise<Rollout> {
    return this.#write(rolloutId, (rollout) => control(rollout, command, { actor, now: timestamp(this.clock) }));
  }

  /**
   * Leaves a tenant out: one whose turn has not come, or one that failed, which then counts as no failure. Throws
   * `RolloutNotFoundError`, `TenantNotFoundError` and `RolloutConflictError`.
   */
  async skip(rolloutId: string, tenantId: string, { actor }: RolloutCaller): Promise<Rollout> {
    const rollout = await this.get(rolloutId);
    const position = await this.rollouts.positionOfTenant(rollout, tenantId);
    if (position === undefined) throw new TenantNotFoundError(`${tenantId} is no tenant of rollout ${rolloutId}`);
    const outcome = new OutcomeList(rollout.outcomes).at(position);
    if (outcome === 'skipped') return rollout;
    refuseSkip(rollout, tenantId, outcome);
    const details = new Map([[position, { detail: `skipped by ${actor}` }]]);
    await this.rollouts.updateRows(rollout, details).catch((error: unknown) => {
      throw error instanceof ConditionFailedError ? tooManyWriters(rolloutId) : error;
    });
    return this.#write(rolloutId, (latest) => {
      const outcomes = new OutcomeList(latest.outcomes);
      if (outcomes.at(position) === 'skipped') return latest;
      refuseSkip(latest, tenantId, outcomes.at(position));
      outcomes.set(position, 'skipped');
      const failures = latest.failures.filter(({ tenant_id }) => tenant_id !== tenantId);
      const left = outcomes.counts().failed;
      const accepted = Math.min(latest.accepted, left);
      return { ...latest, outcomes: outcomes.toString(), failures, accepted, updated_at: timestamp(this.clock) };
    });
  }

  async #plan(spec: RolloutSpec, signal: AbortSignal | undefined): Promise<{ plan: FleetPlan; digest: string }> {
    const until = elapsed(this.clock) + EXAMINE_MS;
    const selected = await selectTenants(spec, this.#store);
    const isLate = () => elapsed(this.clock) > until;
    const plan = await planRollout(spec, selected, { manager: this.#manager, store: this.#store, signal, isLate });
    return { plan, digest: selected.digest };
  }

  /** Freezes the selection while the lease of the start lasts. Where that is too short, the worker goes on. */
  async #freeze(rolloutId: string, holder: string): Promise<Rollout> {
    const until = elapsed(this.clock) + LEASE_MS / 2;
    const context = { store: this.rollouts, tenantStore: this.#store, clock: this.clock };
    for (;;) {
      const { rollout, version } = await this.rollouts.get(rolloutId);
      if (!rollout) throw new RolloutNotFoundError(rolloutId);
      if (rollout.lease?.holder !== holder) return rollout;
      const isOver = rollout.selection.frozen || hasEnded(rollout) || elapsed(this.clock) > until;
      const next = isOver
        ? { ...rollout, lease: undefined, next_at: hasEnded(rollout) ? undefined : timestamp(this.clock) }
        : await freezeStep(rollout, context);
      try {
        await this.rollouts.put(next, version);
        if (isOver) return next;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
    }
  }

  async #write(rolloutId: string, change: (rollout: Rollout) => Rollout): Promise<Rollout> {
    for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
      const { rollout, version } = await this.rollouts.get(rolloutId);
      if (!rollout) throw new RolloutNotFoundError(rolloutId);
      const next = change(rollout);
      if (next === rollout) return rollout;
      try {
        await this.rollouts.put(next, version);
        return next;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
    }
    throw tooManyWriters(rolloutId);
  }
}

function tooManyWriters(rolloutId: string): RolloutConflictError {
  return new RolloutConflictError(`too many writers at once for rollout ${rolloutId}`, {
    retryable: true,
    hint: 'Send the request again.',
  });
}

function refuseSkip({ spec }: Rollout, tenantId: string, outcome: string): void {
  if (outcome === 'pending' || outcome === 'failed') return;
  throw new RolloutConflictError(`tenant ${tenantId} of rollout ${spec.rollout_id} is ${outcome}`, {
    hint: 'Skip a tenant whose turn has not come, or one that failed.',
  });
}

/** A repeated start has the identical rollout; what was planned in between does not matter. */
function repeated(known: Rollout, spec: RolloutSpec): { rollout: Rollout; created: boolean } {
  if (known.request === hashJson(spec)) return { rollout: known, created: false };
  throw new RolloutExistsError(`${spec.rollout_id}, which selects, changes or paces something else`);
}

function refusal(refused: readonly Refused[]): InvalidRequestError {
  const issues = refused.slice(0, REFUSED_SHOWN).map(({ tenant_id, detail }) => ({
    pointer: '/change',
    message: `tenant ${tenant_id} cannot take the change: ${detail}`,
  }));
  return new InvalidRequestError(issues, {
    hint: 'Plan the rollout to see all of them. Correct the change, or select others.',
  });
}

function newRollout(
  spec: RolloutSpec,
  { actor, expected, holder, now }: { actor: string; expected: string | undefined; holder: string; now: string },
): Rollout {
  const expires_at = addMs(now, LEASE_MS);
  return {
    spec,
    request: hashJson(spec),
    expected,
    phase: 'running',
    reason: 'the tenants are being selected',
    started_by: actor,
    created_at: now,
    updated_at: now,
    changes: 0,
    selection: { frozen: false, changing: 0, skipped: 0, digest: '' },
    ends: [],
    outcomes: '',
    wave: 0,
    begun: false,
    next: 0,
    in_flight: [],
    approved: [],
    accepted: 0,
    failures: [],
    lease: { holder, fence: 1, expires_at },
    fence: 1,
    next_at: expires_at,
  };
}
