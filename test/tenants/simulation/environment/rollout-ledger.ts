import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import type { Rollout, RolloutSpec } from '../../../../src/rollouts/model/rollout.ts';
import type { Tenant } from '../../../../src/tenants/model/tenant.ts';
import type { ViolationKind } from './ledger.ts';

/** A revision of a tenant, as it was first written. */
export interface Made {
  revision: number;
  hash: string;
  operation_id: string;
  /** The rollout that made it, and whether it brought the tenant back. */
  rollout?: string | undefined;
  undoes: boolean;
}

const ANNOUNCED = {
  paused: 'Rollout Paused',
  succeeded: 'Rollout Succeeded',
  undone: 'Rollout Undone',
  aborted: 'Rollout Aborted',
} as const;

/** Observes every write of rollouts and of what they change, without the code under test. */
export class RolloutLedger {
  readonly latest = new Map<string, Rollout>();
  /** All revisions of each life of each tenant, in their order. */
  readonly lives = new Map<string, Made[]>();
  /** The lives and revisions that ever served. */
  readonly served = new Set<string>();
  /** Every turn of a rollout, by the id of the event that has to announce it. */
  readonly turns = new Map<string, string>();
  readonly #started = new Map<string, RolloutSpec>();
  readonly #failed = new Map<string, Set<string>>();
  /** By rollout: how many failed tenants a caller skipped. */
  readonly #forgiven = new Map<string, number>();
  readonly #record: (kind: ViolationKind, about: string) => void;

  constructor(record: (kind: ViolationKind, about: string) => void) {
    this.#record = record;
  }

  sawRollout(after: Rollout): void {
    const { spec, phase, in_flight, created_at, changes } = after;
    const id = spec.rollout_id;
    const before = this.latest.get(id);
    this.latest.set(id, after);
    if (!before) this.#started.set(id, spec);
    const known = new Set(before?.in_flight.map(({ position }) => position));
    const begun = in_flight.filter(({ action, position }) => action === 'update' && !known.has(position));
    if (begun.length > 0 && (isHalted(after) || (before && isHalted(before)))) {
      this.#record('begun_after_halt', `${id} is ${phase}, and begins ${begun.map(({ tenant_id }) => tenant_id)}`);
    }
    if (in_flight.length > spec.max_in_flight) this.#record('over_budget', `${id} has ${in_flight.length} in flight`);
    if (before && goesOn(before, after)) this.#record('begun_after_halt', `${id} was ${before.phase}, and is ${phase}`);
    const outcomes = outcomesOf(after);
    const skipped = outcomesOf(before).filter((one, at) => one === 'f' && outcomes[at] === 'k').length;
    this.#forgiven.set(id, (this.#forgiven.get(id) ?? 0) + skipped);
    const turn = `rollout.${id}.${created_at}`;
    if (!before) this.turns.set(`${turn}.start`, 'Rollout Started');
    if (before?.phase !== phase && phase in ANNOUNCED) {
      this.turns.set(`${turn}.${changes}`, ANNOUNCED[phase as keyof typeof ANNOUNCED]);
    }
  }

  sawTenant(tenant: Tenant): void {
    const { tenant_id, incarnation, desired, serving, operation, outbox } = tenant;
    const life = lifeOf(tenant);
    if (serving) this.served.add(`${life} ${serving.revision}`);
    const revisions = this.lives.get(life) ?? [];
    this.lives.set(life, revisions);
    if ((revisions.at(-1)?.revision ?? 0) < desired.revision) {
      const [, rollout] = /^rollout:(.*)$/.exec(desired.actor) ?? [];
      const { revision, operation_id, rollback_of } = desired;
      const undoes = rollout !== undefined && rollback_of !== undefined;
      revisions.push({ revision, hash: specHash(desired.spec), operation_id, rollout, undoes });
      if (rollout !== undefined) this.#sawChange(rollout, tenant_id, revisions);
    }
    for (const { rollout, type, state, operation_id } of [operation, ...outbox]) {
      if (rollout === undefined || type !== 'update' || state !== 'failed') continue;
      this.#sawFailure(rollout, `${incarnation} ${operation_id}`);
    }
  }

  #sawChange(id: string, tenantId: string, revisions: readonly Made[]): void {
    const { phase, in_flight = [] } = this.latest.get(id) ?? {};
    const [origin, before, made] = [revisions.at(-3), revisions.at(-2), revisions.at(-1)];
    const undoes = made?.undoes === true;
    const isBegun = in_flight.some(({ tenant_id }) => tenant_id === tenantId);
    if (!isBegun)
      this.#record('begun_after_halt', `${id} is ${phase}, and changed ${tenantId}, which is not in flight`);
    const times = revisions.filter(({ rollout, undoes: is }) => rollout === id && is === undoes).length;
    if (times > 1)
      this.#record('changed_twice', `${id} ${undoes ? 'brought back' : 'changed'} ${tenantId} ${times} times`);
    if (!undoes) return;
    const isOwn = before?.rollout === id && !before.undoes;
    if (!isOwn) this.#record('not_restored', `${id} brought ${tenantId} back over a change of another`);
    else if (origin?.hash !== made.hash) this.#record('not_restored', `${id} brought ${tenantId} to something else`);
  }

  #sawFailure(id: string, operation: string): void {
    const failed = this.#failed.get(id) ?? new Set();
    this.#failed.set(id, failed.add(operation));
    const { failure_budget = 0, max_in_flight = 0 } = this.#started.get(id) ?? {};
    const accepted = (this.latest.get(id)?.accepted ?? 0) + (this.#forgiven.get(id) ?? 0);
    const allowed = Number(failure_budget) + max_in_flight + accepted;
    if (failed.size > allowed)
      this.#record('over_budget', `${failed.size} tenants of ${id} failed, and ${allowed} may`);
  }
}

export function lifeOf({ tenant_id, incarnation }: { tenant_id: string; incarnation: string }): string {
  return `${tenant_id} ${incarnation}`;
}

/** Returns the letter of each outcome, by position. */
export function outcomesOf(rollout: Rollout | undefined): string[] {
  return [...(rollout?.outcomes ?? '').matchAll(/(\d+)([a-z])/g)].flatMap(([, count, letter = '']) =>
    Array<string>(Number(count)).fill(letter),
  );
}

/** Returns true where nothing may be begun. */
function isHalted({ phase }: Rollout): boolean {
  return phase === 'paused' || phase === 'undoing' || isOver(phase);
}

/** Returns true where a rollout that was halted goes on although no caller resumed it. */
function goesOn(before: Rollout, after: Rollout): boolean {
  return isHalted(before) && !isHalted(after) && !after.reason.startsWith('resumed by ');
}

export function isOver(phase: Rollout['phase']): boolean {
  return phase === 'succeeded' || phase === 'undone' || phase === 'aborted';
}
