import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import type { Operation } from '../../../../src/tenants/model/operation.ts';
import { HistoryEntry, Tenant } from '../../../../src/tenants/model/tenant.ts';
import type { Item } from '../../../../src/tenants/store/table.ts';
import { RolloutLedger } from './rollout-ledger.ts';

/** How far the latest operation of a tenant is, as the number of the fault that a crash would be now. */
export type Stage = 'F01' | 'F02' | 'F03' | 'F04' | 'F05' | 'F06';

export const violations = {
  lost: 'something that was accepted or desired is missing',
  duplicated: 'something was made twice',
  leaked: 'something is left that no tenant owns',
  ended_twice: 'an operation ended more than once',
  unannounced: 'the end of an operation was not announced, or was announced wrongly',
  unfinished: 'work is left undone',
  superseded: 'something runs of a version that another request replaced',
  misinformed: 'a caller got a wrong answer',
  destroyed: 'something was destroyed that belongs to another installation, or that the table had lost',
  held_up: 'an unreadable row delayed other tenants',
  given_up: 'a tenant that was ready did not come back after an outage',
  begun_after_halt: 'a rollout changed a tenant that it had not begun when it was halted',
  changed_twice: 'a rollout changed a tenant, or brought it back, more than once',
  over_budget: 'more tenants failed than the budget and those in flight, or more were in flight than may be',
  not_restored: 'an undo left a tenant of the rollout alone at another specification than before',
  no_outcome: 'a rollout that ended has a tenant without an outcome, or not exactly one row for a tenant',
  miscounted: 'an outcome or a count of a rollout is not what became of its tenants',
  misjudged: 'the health on record is not what it is, although there was time to find out',
} as const;
export type ViolationKind = keyof typeof violations;

export interface Violation {
  kind: ViolationKind;
  about: string;
}

/** Observes every write, without the code under test, and remembers what must never be undone. */
export class Ledger {
  /** All operations that were ever accepted, as they were accepted. */
  readonly accepted = new Map<string, Operation>();
  /** The same operations, as they ended. */
  readonly ended = new Map<string, Operation>();
  readonly violations: Violation[] = [];
  /** By tenant and revision: the hash of the specification. */
  readonly revisions = new Map<string, Map<number, string>>();
  /** How often each resource of the provider was created where there was none. */
  readonly creations = new Map<string, number>();
  /** How often a provider started to roll out a version of a tenant. */
  readonly rollouts = new Map<string, number>();
  /** How often a status did not show what the provider holds of a tenant. */
  readonly hidden = new Map<string, number>();
  /** Every change of health, by the id of the event that has to announce it. */
  readonly healthChanges = new Map<string, 'Tenant Degraded' | 'Tenant Recovered'>();
  readonly rolloutLedger = new RolloutLedger((kind, about) => this.record(kind, about));
  readonly #troubled = new Map<string, boolean>();
  readonly #stages = new Map<string, Stage>();

  record(kind: ViolationKind, about: string): void {
    this.violations.push({ kind, about });
  }

  /** Forgets what was in a table that is emptied. */
  forget(): void {
    for (const known of [this.accepted, this.ended, this.revisions, this.creations, this.rollouts]) known.clear();
  }

  sawItem(item: Item): void {
    if (item.pk.startsWith('rollout#')) this.rolloutLedger.sawRollout(JSON.parse(item.data));
    if (item.pk.startsWith('tenant#') && item.data !== '') this.#sawTenant(Tenant.parse(JSON.parse(item.data)));
    if (item.pk.startsWith('history#')) this.#sawOperation(HistoryEntry.parse(JSON.parse(item.data)).operation);
  }

  /** Records that a provider starts to roll out a version. `isNew`: it had nothing of the tenant. */
  sawRollout(resource: string, isNew: boolean): void {
    count(this.rollouts, resource.split('/')[1] ?? '');
    if (isNew) count(this.creations, resource);
  }

  sawHidden(tenant: string): void {
    count(this.hidden, tenant);
  }

  sawProviderCall(tenant: string): void {
    if (this.stageOf(tenant) === 'F02') this.#stages.set(tenant, 'F03');
  }

  sawAnnouncement(tenant: string): void {
    if (this.stageOf(tenant) === 'F04') this.#stages.set(tenant, 'F05');
  }

  sawAcknowledgement(tenant: string): void {
    if (this.stageOf(tenant) === 'F05') this.#stages.set(tenant, 'F01');
  }

  stageOf(tenant: string): Stage {
    return this.#stages.get(tenant) ?? 'F01';
  }

  #sawTenant(tenant: Tenant): void {
    const { tenant_id, operation, outbox, desired } = tenant;
    this.#sawHealth(tenant);
    this.rolloutLedger.sawTenant(tenant);
    const hasEnded = operation.state !== 'running' && !this.ended.has(operation.operation_id);
    for (const one of [operation, ...outbox]) this.#sawOperation(one);
    this.#sawRevision(tenant_id, desired.revision, specHash(desired.spec));
    const isNew = !this.accepted.has(operation.operation_id);
    if (isNew) this.accepted.set(operation.operation_id, operation);
    if (hasEnded) this.#stages.set(tenant_id, 'F04');
    else if (isNew) this.#stages.set(tenant_id, compensates(tenant) ? 'F06' : 'F02');
  }

  #sawHealth({ tenant_id, incarnation, health }: Tenant): void {
    if (!health) return;
    const life = `${tenant_id}.${incarnation}`;
    const isTroubled = health.trouble !== undefined;
    if ((this.#troubled.get(life) ?? false) === isTroubled) return;
    this.#troubled.set(life, isTroubled);
    this.healthChanges.set(`${life}.health.${health.changes}`, isTroubled ? 'Tenant Degraded' : 'Tenant Recovered');
  }

  #sawOperation(operation: Operation): void {
    if (operation.state === 'running') return;
    const { operation_id, state, ended_at } = operation;
    const before = this.ended.get(operation_id);
    if (!before) this.ended.set(operation_id, operation);
    else if (before.state !== state || before.ended_at !== ended_at) {
      this.record('ended_twice', `${operation_id} ended as ${before.state}, then as ${state}`);
    }
  }

  #sawRevision(tenant: string, revision: number, hash: string): void {
    const known = this.revisions.get(tenant) ?? new Map<number, string>();
    this.revisions.set(tenant, known);
    const before = known.get(revision);
    if (before !== undefined && before !== hash) {
      this.record('lost', `revision ${revision} of ${tenant} was overwritten`);
    }
    known.set(revision, hash);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Returns true where the latest operation undoes or corrects something. */
function compensates({ operation, outbox }: Tenant): boolean {
  const { type, actor } = operation;
  return type === 'heal' || actor.startsWith('berth:') || outbox.some(({ state }) => state === 'cancelled');
}
