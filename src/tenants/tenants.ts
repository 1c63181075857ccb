import { randomUUID } from 'node:crypto';
import {
  InvalidRequestError,
  InvalidSpecError,
  OperationInProgressError,
  OperationNotFoundError,
  TenantExistsError,
  TenantNotFoundError,
} from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { Place } from '../compute/place/place.ts';
import type { TenantComputeSpec } from '../compute/spec/spec.ts';
import { approveOperation } from './approve-operation.ts';
import type { Caller } from './caller.ts';
import { timestamp } from './clock.ts';
import { revisionToGoBackTo } from './decide/cancel.ts';
import type { Change, DecisionContext } from './decide/change-request.ts';
import { type Decision, decide } from './decide/decide.ts';
import { IdempotencyKey } from './decide/idempotency-key.ts';
import { planOf, tenantToUpdate } from './decide/make-plan.ts';
import type { MutationResult } from './decide/mutation-result.ts';
import type { TenantPlan } from './decide/plan.ts';
import { restoreEnv } from './decide/redaction.ts';
import { newIncarnation, parseOperationId } from './model/ids.ts';
import { exists, phases } from './model/phases.ts';
import type { Tenant } from './model/tenant.ts';
import { endedOperations, historyEntry, isRecovering } from './model/tenant-state.ts';
import { refuseMoved, refuseMovingSpec } from './place/check-place.ts';
import { claimHostname, refuseTakenHostname } from './place/claim-hostname.ts';
import { type PlaceClaims, placeOfNewLife } from './place/place-claims.ts';
import { observe } from './reconcile/attempt.ts';
import type { Reconciler } from './reconcile/reconciler.ts';
import { planWarnings } from './reconcile/settings-warnings.ts';
import { findRevision } from './store/history.ts';
import type { Store } from './store/store.ts';
import { ConditionFailedError, ignoreConditionFailed } from './store/table.ts';
import { TenantReader } from './tenant-reader.ts';

export type { Caller } from './caller.ts';
export type { MutationResult } from './decide/mutation-result.ts';

export interface TenantsOptions {
  store: Store;
  manager: Manager;
  reconciler: Reconciler;
  /** Refuses new tenants at another place than the others of their provider. Default: they are not refused. */
  placeClaims?: PlaceClaims | undefined;
  /** How long failures of an operation with a deadline are retried. Milliseconds; default 15 minutes. */
  deadlineMs?: number | undefined;
}

/** A mutation whose change depends on the present state of the tenant. */
interface Mutation {
  tenantId: string;
  /** The kind of the request and its content: a repeated idempotency key has to come with an equal one. */
  body: unknown;
  /** Throws where what the request names does not exist, before anything else is checked. */
  target?(current: Tenant | undefined): Promise<void>;
  change(current: Tenant | undefined): Promise<Change>;
}

const WRITE_TRIES = 20;

/**
 * Durable tenants. Every mutation records its intent in one conditional write before anything is done about it, and then
 * reconciles the tenant. All of them may be repeated; each takes effect once.
 */
export class Tenants extends TenantReader {
  readonly #reconciler: Reconciler;
  readonly #placeClaims: PlaceClaims | undefined;
  readonly #deadlineMs: number;

  constructor({ store, manager, reconciler, placeClaims, deadlineMs = 15 * 60_000 }: TenantsOptions) {
    super({ store, manager, clock: reconciler.clock });
    this.#reconciler = reconciler;
    this.#placeClaims = placeClaims;
    this.#deadlineMs = deadlineMs;
  }

  /** Provisions a tenant. Throws `InvalidSpecError`, and `TenantExistsError` where it exists with another specification. */
  provision(spec: TenantComputeSpec, caller: Caller): Promise<MutationResult> {
    return this.#provision(spec, caller);
  }

  #provision(spec: TenantComputeSpec, caller: Caller, plainHash?: string): Promise<MutationResult> {
    const change = async (): Promise<Change> => {
      await this.manager.validateTenantSpec(restoreEnv(spec, undefined), caller);
      return { type: 'provision', spec, plainHash };
    };
    return this.#mutate({ tenantId: spec.tenant_id, body: ['provision', spec], change }, caller);
  }

  /** Updates a tenant. Throws `InvalidSpecError`, `TenantNotFoundError`, `RevisionConflictError`. */
  update(spec: TenantComputeSpec, caller: Caller): Promise<MutationResult> {
    const change = async (current: Tenant | undefined): Promise<Change> => {
      const whole = restoreEnv(spec, current?.desired.spec);
      await this.manager.validateTenantSpec(whole, caller);
      if (exists(current)) await refuseMovingSpec(this.manager, current, whole);
      return { type: 'update', spec: whole };
    };
    return this.#mutate({ tenantId: spec.tenant_id, body: ['update', spec, caller.ifMatch], change }, caller);
  }

  /** Updates a tenant to the specification of an earlier revision of this life. Throws `RevisionNotFoundError`. */
  rollback(tenantId: string, revision: number, caller: Caller): Promise<MutationResult> {
    const target = async (current: Tenant | undefined) => {
      if (!exists(current)) throw new TenantNotFoundError(tenantId);
      await findRevision(this.store, current, revision);
    };
    const change = async (current: Tenant | undefined): Promise<Change> => {
      if (!exists(current)) throw new TenantNotFoundError(tenantId);
      return this.#rollbackTo(current, revision, caller);
    };
    return this.#mutate({ tenantId, body: ['rollback', revision, caller.ifMatch], target, change }, caller);
  }

  /**
   * Cancels a running operation: the tenant goes back to the revision that serves, by a rollback. Throws
   * `OperationNotFoundError`, and `OperationNotCancellableError` where the operation has ended or cannot go back.
   */
  cancel(operationId: string, caller: Caller): Promise<MutationResult> {
    const { tenantId } = parseOperationId(operationId) ?? {};
    const notFound = () => new OperationNotFoundError(JSON.stringify(operationId.slice(0, 128)));
    if (tenantId === undefined) return Promise.reject(notFound());
    const change = async (current: Tenant | undefined): Promise<Change> => {
      const isLatest = current?.operation.operation_id === operationId;
      const operation = isLatest ? current.operation : await this.store.getOperation(operationId);
      if (!operation || !current) throw notFound();
      const back = await this.#rollbackTo(current, revisionToGoBackTo(current, operation), caller);
      return { ...back, cancels: true };
    };
    return this.#mutate({ tenantId, body: ['cancel', operationId], change }, caller);
  }

  /**
   * Approves the version that a running operation waits with. The approval is recorded first, with the caller, and then the
   * provider is told, as often as it takes. Idempotent for one caller. Throws `OperationNotFoundError`, `UnsupportedError`
   * where versions on the provider do not wait, and `NothingToApproveError`.
   */
  approve(operationId: string, caller: Caller): Promise<MutationResult> {
    const { store, manager, clock } = this;
    return approveOperation({ store, manager, clock, reconciler: this.#reconciler }, operationId, caller);
  }

  async #rollbackTo(current: Tenant, revision: number, caller: Caller): Promise<Extract<Change, { type: 'rollback' }>> {
    const { spec } = await findRevision(this.store, current, revision);
    await this.manager.validateTenantSpec(spec, caller);
    await refuseMovingSpec(this.manager, current, spec);
    return { type: 'rollback', spec, rollback_of: revision };
  }

  /**
   * Destroys a tenant; succeeds where there is none. With `provider`, also removes what that provider holds for an id that
   * is no tenant. With `orphan`, does nothing where a tenant of that id exists. Throws `InvalidRequestError` where the
   * tenant is on another provider.
   */
  destroy(
    tenantId: string,
    caller: Caller,
    { provider, orphan }: { provider?: string | undefined; orphan?: boolean } = {},
  ): Promise<MutationResult> {
    const change = async (current: Tenant | undefined): Promise<Change> => {
      const owner = exists(current) ? current.provider_type : undefined;
      if (provider && owner && owner !== provider && !orphan) {
        throw new InvalidRequestError([
          { pointer: '/provider', message: `tenant ${tenantId} is on provider ${owner}, not ${provider}` },
        ]);
      }
      return { type: 'destroy', provider_type: provider, orphan };
    };
    return this.#mutate({ tenantId, body: ['destroy', provider], change }, caller);
  }

  /**
   * Makes an orphan a tenant with this specification. What the provider holds is updated towards it; what matches already
   * keeps running. Idempotent. Throws `OrphanNotFoundError`, and what `provision` throws.
   */
  async adopt(provider: string, tenantId: string, spec: TenantComputeSpec, caller: Caller): Promise<MutationResult> {
    const expected = { tenant_id: tenantId, provider_type: provider } as const;
    const wrong = (Object.keys(expected) as (keyof typeof expected)[]).filter((key) => spec[key] !== expected[key]);
    if (wrong.length > 0) {
      throw new InvalidSpecError(
        wrong.map((key) => ({ pointer: `/${key}`, message: `${key} must be that of the orphan: ${expected[key]}` })),
      );
    }
    await this.requireOrphan(provider, tenantId, ({ phase }) => phases[phase].exists);
    const held = await observe(this.manager, expected, caller);
    const result = await this.#provision(spec, caller, held?.metadata.spec_hash);
    await this.store.removeOrphan({ provider, tenant_id: tenantId });
    return result;
  }

  /**
   * Removes an orphan, whatever holds back its removal otherwise. Idempotent. Throws `OrphanNotFoundError`, and
   * `TenantExistsError` while a tenant of that id exists.
   */
  async removeOrphan(provider: string, tenantId: string, caller: Caller): Promise<MutationResult> {
    await this.requireOrphan(provider, tenantId, ({ phase }) => !phases[phase].exists);
    const result = await this.destroy(tenantId, caller, { provider, orphan: true });
    if (result.kind === 'none') {
      const { tenant } = await this.store.getTenant(tenantId);
      throw new TenantExistsError(
        `${tenantId} is a tenant on ${tenant?.provider_type}. Its orphan on ${provider} can be removed when it is destroyed`,
      );
    }
    await this.store.removeOrphan({ provider, tenant_id: tenantId });
    return result;
  }

  /**
   * Stops a tenant: ends its processes, and keeps its address, revision and history. Throws `TenantNotFoundError`, and
   * `UnsupportedError` where its provider cannot stop tenants.
   */
  stop(tenantId: string, caller: Caller): Promise<MutationResult> {
    return this.#control(tenantId, 'stop', caller);
  }

  /** Starts a stopped tenant with its desired revision. Throws what `stop` throws. */
  start(tenantId: string, caller: Caller): Promise<MutationResult> {
    return this.#control(tenantId, 'start', caller);
  }

  /** Replaces the containers of a tenant that serves. Throws what `stop` throws, and `TenantStoppedError`. */
  restart(tenantId: string, caller: Caller): Promise<MutationResult> {
    return this.#control(tenantId, 'restart', caller);
  }

  #control(tenantId: string, type: 'stop' | 'start' | 'restart', caller: Caller): Promise<MutationResult> {
    const change = async (current: Tenant | undefined): Promise<Change> => {
      if (exists(current)) this.manager.requireStop(current.provider_type);
      return { type };
    };
    return this.#mutate({ tenantId, body: [type], change }, caller);
  }

  /**
   * Brings a ready tenant back to its desired state, and stops a stopped one again; does nothing in any other phase.
   * `message`: what was found.
   */
  heal(tenantId: string, message: string, caller: Caller): Promise<MutationResult> {
    return this.#mutate({ tenantId, body: ['heal'], change: async () => ({ type: 'heal', message }) }, caller);
  }

  /** Schedules a look at a failed tenant that has none: the version before scheduled none. */
  async scheduleLook(tenantId: string): Promise<void> {
    const { tenant, version } = await this.store.getTenant(tenantId);
    if (!tenant || !isRecovering(tenant) || tenant.next_at !== undefined) return;
    await this.store.putTenant({ ...tenant, next_at: timestamp(this.clock) }, version).catch(ignoreConditionFailed);
  }

  /**
   * Returns what a provision or an update with this specification would do. Writes nothing. Throws the errors of that
   * request, except `OperationInProgressError`, which becomes a warning.
   */
  async plan(spec: TenantComputeSpec, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<TenantPlan> {
    const { tenant: current } = await this.store.getTenant(spec.tenant_id);
    const whole = restoreEnv(spec, tenantToUpdate(current)?.desired.spec);
    const { warnings } = await this.manager.validateTenantSpec(whole, { signal });
    if (exists(current)) {
      await refuseMoved(this.manager, current);
      await refuseMovingSpec(this.manager, current, whole);
    }
    const { tenant_id, networking: { hostname } = {} } = whole;
    if (hostname) await refuseTakenHostname(this.store, { hostname, tenant_id, now: this.clock.now() });
    const fingerprintsOf = (one: TenantComputeSpec) => this.manager.fingerprintsOf(one);
    const more = await planWarnings(this.manager, current, whole, { signal });
    return planOf(current, whole, { warnings: [...warnings, ...more], fingerprintsOf, now: timestamp(this.clock) });
  }

  /** Records the intent of a request, whatever else is being written at the same time, and starts to work on it. */
  async #mutate(mutation: Mutation, caller: Caller): Promise<MutationResult> {
    const { actor, owner = actor, ifMatch, idempotencyKey } = caller;
    if (idempotencyKey === undefined) return this.#mutateOnce(mutation, caller, undefined);
    const key = new IdempotencyKey(this.store, owner, idempotencyKey, { ...mutation, ifMatch });
    return key.answer(await this.#mutateOnce(mutation, caller, key));
  }

  async #mutateOnce(mutation: Mutation, caller: Caller, key: IdempotencyKey | undefined): Promise<MutationResult> {
    const { actor, requestId, requester, requestedAt, ifMatch, rollout } = caller;
    const holder = randomUUID();
    let hashOf: DecisionContext['hashOf'] = () => '';
    for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
      await key?.read();
      const { tenant: current, version } = await this.store.getTenant(mutation.tenantId);
      const isAlreadyRecorded = current?.lease?.holder === holder; // by a write whose answer was lost
      if (isAlreadyRecorded) return this.#work(current, version, caller, holder);
      const replay = await key?.replay(current);
      if (replay) return replay;
      await mutation.target?.(current);
      if (exists(current)) await refuseMoved(this.manager, current);
      const change = await mutation.change(current);
      if ('spec' in change) hashOf = await this.store.specHasher();
      const place = exists(current) ? undefined : await placeOfNewLife(this.manager, this.#placeClaims, change);
      const request = {
        tenant_id: mutation.tenantId,
        change,
        actor,
        request_id: requestId,
        requester,
        rollout,
        requested_at: requestedAt,
        if_match: ifMatch,
        idempotency: key?.idempotency,
      };
      const decision = decide(current, request, () => ({ ...this.#context(key?.incarnation, holder, place), hashOf }));
      if (decision.kind === 'accepted') await this.#claimHostname(current, decision.tenant);
      const recorded = await this.#record(decision, current, version, key);
      if (recorded === undefined) continue;
      if (decision.kind === 'absent') return { kind: 'none' };
      const { tenant } = decision;
      if (decision.kind === 'accepted') return this.#work(tenant, recorded, caller, holder);
      const kind = decision.kind === 'joined' ? 'operation' : 'unchanged';
      return { kind, operation: tenant.operation, tenant, revision: tenant.desired.revision };
    }
    throw new OperationInProgressError(`too many writers at once for tenant ${mutation.tenantId}`);
  }

  /** Claims the hostname that a tenant is to have, unless it has it already. Throws `ResourceConflictError`. */
  async #claimHostname(current: Tenant | undefined, { tenant_id, desired }: Tenant): Promise<void> {
    const { hostname } = desired.spec.networking ?? {};
    const known = exists(current) ? current.desired.spec.networking?.hostname : undefined;
    if (hostname === undefined || hostname === known) return;
    await claimHostname(this.store, { hostname, tenant_id, now: this.clock.now() });
  }

  #context(incarnation: string | undefined, holder: string, place: Place | undefined): Omit<DecisionContext, 'hashOf'> {
    const now = timestamp(this.clock);
    return {
      now,
      incarnation: incarnation ?? newIncarnation(now),
      place,
      holder,
      lease_ms: this.#reconciler.leaseMs,
      deadline_ms: this.#deadlineMs,
    };
  }

  /** Writes a decision. Returns the tenant's new version, or undefined where another writer was first. */
  async #record(
    decision: Decision,
    current: Tenant | undefined,
    version: number,
    key: IdempotencyKey | undefined,
  ): Promise<number | undefined> {
    try {
      // A request that starts an operation takes its key first. One that starts none takes it last, after its time of
      // request was written: a repetition must find that older requests are stale.
      if (decision.kind === 'accepted') await key?.take(decision);
      if (decision.kind === 'accepted' && current) await this.#archive(current);
      const isChanged = 'tenant' in decision && decision.tenant !== current;
      const recorded = isChanged ? await this.store.putTenant(decision.tenant, version) : version;
      if (decision.kind !== 'accepted') await key?.take(decision);
      return recorded;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return undefined;
    }
  }

  /** Works on what was just recorded, if the lease came with it. A failure here is not the caller's: the work goes on. */
  async #work(tenant: Tenant, version: number, caller: Caller, holder: string): Promise<MutationResult> {
    const { operation } = tenant;
    const { revision } = tenant.desired;
    if (tenant.lease?.holder !== holder) {
      this.#reconciler.interrupt(tenant.tenant_id);
      return { kind: 'operation', operation, tenant, revision };
    }
    const latest = await this.#reconciler.work(tenant, version, { signal: caller.signal, firstTry: true });
    const ended = [latest.operation, ...latest.outbox].find(
      ({ operation_id }) => operation_id === operation.operation_id,
    );
    const reached = ended ?? (await this.operation(operation.operation_id));
    return { kind: 'operation', operation: reached, tenant: latest, revision };
  }

  /** Moves ended operations into the history, before another one takes their place. */
  async #archive(current: Tenant): Promise<void> {
    const ended = endedOperations(current);
    await Promise.all(ended.map((operation) => this.store.putHistory(historyEntry(current, operation))));
  }
}
