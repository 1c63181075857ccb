import { randomUUID } from 'node:crypto';
import { InvalidRequestError, OperationInProgressError, TenantNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { TenantComputeSpec } from '../compute/spec/spec.ts';
import { type Change, type Decision, type DecisionContext, decide } from './decide/decide.ts';
import type { TellFingerprints } from './decide/effects.ts';
import { IdempotencyKey } from './decide/idempotency-key.ts';
import { planOf, tenantToUpdate } from './decide/make-plan.ts';
import type { TenantPlan } from './decide/plan.ts';
import { restoreEnv } from './decide/redaction.ts';
import { newIncarnation } from './model/incarnation.ts';
import type { Operation } from './model/operation.ts';
import type { Tenant } from './model/tenant.ts';
import { historyEntry } from './model/tenant-state.ts';
import type { Reconciler } from './reconcile/reconciler.ts';
import { findRevision } from './store/history.ts';
import type { Store } from './store/store.ts';
import { ConditionFailedError } from './store/table.ts';
import { TenantReader } from './tenant-reader.ts';

/** Who asks, and how. */
export interface Caller {
  /** Who it is, for the record. */
  actor: string;
  /** The HTTP request or the event, so that an announcement can name it. */
  requestId?: string | undefined;
  /** Aborted when the caller no longer waits: what is recorded goes on without them. */
  signal?: AbortSignal | undefined;
  /** Repeating a request with the same key, within 24 hours, answers what the first one answered. */
  idempotencyKey?: string | undefined;
  /** The revision the caller believes the tenant to be at. */
  ifMatch?: number | undefined;
  /** When it was asked for, if that was not now: requests older than the tenant's latest are refused. ISO 8601. */
  requestedAt?: string | undefined;
}

/**
 * How a mutation came out, as far as its caller waited for it. `operation`: it was accepted, and the operation tells.
 * `unchanged`: it was so already. `none`: nothing was there to destroy.
 */
export type MutationResult =
  | { kind: 'operation'; operation: Operation; tenant: Tenant }
  | { kind: 'unchanged'; operation: Operation; tenant: Tenant }
  | { kind: 'none' };

export interface TenantsOptions {
  store: Store;
  manager: Manager;
  reconciler: Reconciler;
  /** How long failures of a provision or an update are tried again. Milliseconds. */
  deadlineMs?: number | undefined;
}

/** A request, before it is known what the tenant is. */
interface Asked {
  tenantId: string;
  /** What it says, for telling whether a repeated key comes with the same request. */
  body: unknown;
  wish(current: Tenant | undefined): Promise<Change>;
}

const WRITE_TRIES = 20;

/** Durable tenants: what is wanted is recorded, in one conditional write, before anything is done about it. */
export class Tenants extends TenantReader {
  readonly #reconciler: Reconciler;
  readonly #deadlineMs: number;

  constructor({ store, manager, reconciler, deadlineMs = 15 * 60_000 }: TenantsOptions) {
    super({ store, manager, clock: reconciler.clock });
    this.#reconciler = reconciler;
    this.#deadlineMs = deadlineMs;
  }

  /** Wants a tenant to be there as specified. Throws `TenantExistsError` where it is there with another specification. */
  provision(spec: TenantComputeSpec, caller: Caller): Promise<MutationResult> {
    const wish = async (): Promise<Change> => {
      await this.manager.validateTenantSpec(restoreEnv(spec, undefined), caller);
      return { type: 'provision', spec };
    };
    return this.#mutate({ tenantId: spec.tenant_id, body: ['provision', spec], wish }, caller);
  }

  /** Wants a tenant that is there to be as specified. Throws `TenantNotFoundError`, `RevisionConflictError`. */
  update(spec: TenantComputeSpec, caller: Caller): Promise<MutationResult> {
    const wish = async (current: Tenant | undefined): Promise<Change> => {
      const whole = restoreEnv(spec, current?.desired.spec);
      await this.manager.validateTenantSpec(whole, caller);
      return { type: 'update', spec: whole };
    };
    return this.#mutate({ tenantId: spec.tenant_id, body: ['update', spec, caller.ifMatch], wish }, caller);
  }

  /** Wants a tenant to be as it was wanted in an earlier revision of this life. Throws `RevisionNotFoundError`. */
  rollback(tenantId: string, revision: number, caller: Caller): Promise<MutationResult> {
    const wish = async (current: Tenant | undefined): Promise<Change> => {
      if (!current || current.phase === 'destroyed') throw new TenantNotFoundError(tenantId);
      const { spec } = await findRevision(this.store, current, revision);
      await this.manager.validateTenantSpec(spec, caller);
      return { type: 'rollback', spec, rollback_of: revision };
    };
    return this.#mutate({ tenantId, body: ['rollback', revision, caller.ifMatch], wish }, caller);
  }

  /** Wants nothing of a tenant to be there. `provider`: also where no tenant of that id is known. */
  destroy(
    tenantId: string,
    caller: Caller,
    options: { provider?: string | undefined; orphan?: boolean } = {},
  ): Promise<MutationResult> {
    const { provider, orphan } = options;
    const wish = async (current: Tenant | undefined): Promise<Change> => {
      const owner = current && current.phase !== 'destroyed' ? current.provider_type : undefined;
      if (provider && owner && owner !== provider && !orphan) {
        throw new InvalidRequestError([
          { pointer: '/provider', message: `tenant ${tenantId} is on provider ${owner}, not ${provider}` },
        ]);
      }
      return { type: 'destroy', provider_type: provider, orphan };
    };
    return this.#mutate({ tenantId, body: ['destroy', provider], wish }, caller);
  }

  /** Wants a ready tenant, found to be other than desired, to be as desired again. */
  heal(tenantId: string, message: string, caller: Caller): Promise<MutationResult> {
    return this.#mutate({ tenantId, body: ['heal'], wish: async () => ({ type: 'heal', message }) }, caller);
  }

  /**
   * What a provision or an update with this specification would do, without doing it. Throws what that would throw, except
   * `OperationInProgressError`: what runs is told as a warning.
   */
  async plan(spec: TenantComputeSpec, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<TenantPlan> {
    const { tenant: current } = await this.store.getTenant(spec.tenant_id);
    const whole = restoreEnv(spec, tenantToUpdate(current)?.desired.spec);
    const { warnings } = await this.manager.validateTenantSpec(whole, { signal });
    const tell: TellFingerprints = (one) => this.manager.fingerprintsOf(one);
    return planOf(current, whole, { warnings, tell, now: this.now() });
  }

  /** Records what is asked for, whatever else is being written at the same time, and begins to do it. */
  async #mutate(asked: Asked, caller: Caller): Promise<MutationResult> {
    const { actor, requestId, requestedAt, ifMatch, idempotencyKey } = caller;
    const holder = randomUUID();
    const claim =
      idempotencyKey === undefined ? undefined : new IdempotencyKey(this.store, actor, idempotencyKey, asked.body);
    for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
      await claim?.read();
      const { tenant: current, version } = await this.store.getTenant(asked.tenantId);
      if (current?.lease?.holder === holder) return this.#work(current, version, caller, holder); // our write was made, its answer was lost
      const replay = await claim?.replay(current);
      if (replay) return replay;
      const decision = decide(
        current,
        {
          tenant_id: asked.tenantId,
          wish: await asked.wish(current),
          actor,
          request_id: requestId,
          requested_at: requestedAt,
          if_match: ifMatch,
          idempotency: claim?.idempotency,
        },
        () => this.#circumstances(claim?.incarnation, holder),
      );
      const recorded = await this.#record(decision, current, version, claim);
      if (recorded === undefined) continue;
      if (decision.kind === 'absent') return { kind: 'none' };
      const { tenant } = decision;
      if (decision.kind === 'accepted') return this.#work(tenant, recorded, caller, holder);
      return { kind: decision.kind === 'joined' ? 'operation' : 'unchanged', operation: tenant.operation, tenant };
    }
    throw new OperationInProgressError(`too many writers at once for tenant ${asked.tenantId}`);
  }

  #circumstances(incarnation: string | undefined, holder: string): DecisionContext {
    const now = this.now();
    return {
      now,
      incarnation: incarnation ?? newIncarnation(now),
      holder,
      lease_ms: this.#reconciler.leaseMs,
      deadline_ms: this.#deadlineMs,
    };
  }

  /** Writes what was decided, and answers the tenant's new version; nothing if another writer was first. */
  async #record(
    decision: Decision,
    current: Tenant | undefined,
    version: number,
    claim: IdempotencyKey | undefined,
  ): Promise<number | undefined> {
    try {
      // What makes an operation takes its key first. What makes none takes it last, when it has made older requests stale.
      if (decision.kind === 'accepted') await claim?.take(decision);
      if (decision.kind === 'accepted' && current) await this.#archive(current);
      const isChanged = 'tenant' in decision && decision.tenant !== current;
      const recorded = isChanged ? await this.store.putTenant(decision.tenant, version) : version;
      if (decision.kind !== 'accepted') await claim?.take(decision);
      return recorded;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return undefined;
    }
  }

  /** Works on what was just recorded, if the lease came with it. A failure there is not the caller's: what is recorded goes on. */
  async #work(tenant: Tenant, version: number, caller: Caller, holder: string): Promise<MutationResult> {
    const { operation } = tenant;
    if (tenant.lease?.holder !== holder) return { kind: 'operation', operation, tenant };
    const latest = await this.#reconciler.work(tenant, version, { signal: caller.signal, act: true });
    const ended = [latest.operation, ...latest.outbox].find(
      ({ operation_id }) => operation_id === operation.operation_id,
    );
    return { kind: 'operation', operation: ended ?? (await this.operation(operation.operation_id)), tenant: latest };
  }

  /** What another operation takes the place of goes into the history first. */
  async #archive(current: Tenant): Promise<void> {
    const ended = [current.operation, ...current.outbox].filter(({ state }) => state !== 'running');
    const distinct = new Map(ended.map((operation) => [operation.operation_id, operation]));
    await Promise.all(
      [...distinct.values()].map((operation) => this.store.putHistory(historyEntry(current, operation))),
    );
  }
}
