import { randomUUID } from 'node:crypto';
import { messageOf, ThrottledError, TimeoutError } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import { type Clock, systemClock } from '../clock.ts';
import { addMs } from '../decide/decide.ts';
import type { Operation } from '../model/operation.ts';
import type { LeaseRecord, Tenant } from '../model/tenant.ts';
import { hasUnfinishedWork, isRunning, tombstoneTtl } from '../model/tenant-state.ts';
import { admit, type QueueContext, release, type Step } from '../rate/admission.ts';
import type { Slot } from '../rate/rate.ts';
import type { RateLimiter } from '../rate/rate-limiter.ts';
import type { CallKind } from '../rate/rates.ts';
import { callKindOf, dequeued, isQueued } from '../rate/waiting-queue.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError } from '../store/table.ts';
import { type AttemptResult, attempt, observe } from './attempt.ts';
import { pauseAskedFor, pollPause, retryPause } from './backoff.ts';
import { boundedCall } from './bounded-call.ts';
import { Lease, LeaseLostError, SupersededError } from './lease.ts';
import { failedTenant, readyTenant, retriedOperation } from './outcome.ts';
import { released, settle } from './settle.ts';
import { cutProgress } from './size-limits.ts';
import { failureOf, isUsable } from './verdict.ts';

export interface ReconcilerOptions {
  store: Store;
  manager: Manager;
  rateLimiter: RateLimiter;
  logger: Logger;
  clock?: Clock | undefined;
  random?: (() => number) | undefined;
  /** For how long a tenant is held; renewed while work goes on. */
  leaseMs?: number | undefined;
  /** How long one call of a provider may take. */
  callMs?: number | undefined;
}

export interface ReconcileOptions {
  /** Only if the tenant is still in this life. */
  incarnation?: string | undefined;
  /** Whoever waits has gone, or time is up: what is unfinished is left to the next call. */
  signal?: AbortSignal | undefined;
  /** Since when nobody else can be at work (a host that took over its data directory): older leases are of the dead. Epoch milliseconds. */
  aloneSince?: number | undefined;
  /** Milliseconds to go on after the provider's first answer, where the work takes longer. Default 0. */
  patience?: number | undefined;
  /** The turn to call the provider, where whoever calls took one: only if the tenant waits for a turn of that kind. */
  turn?: (Slot & { kind: CallKind }) | undefined;
}

const component = 'tenant-reconciler';

/**
 * The one function that every path ends in. It is level-triggered: whoever calls it, however often and after whatever crash,
 * it looks at what is desired and at what there is, and does what is missing.
 */
export class Reconciler {
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly rateLimiter: RateLimiter;
  readonly #options: ReconcilerOptions;
  readonly #random: () => number;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.rateLimiter = options.rateLimiter;
    this.leaseMs = options.leaseMs ?? 15_000;
  }

  /**
   * Takes the lease of a tenant and works on it, until nothing is unfinished, patience ends, or somebody else holds it.
   * A provider's failure is recorded on the operation, not thrown. Throws only where the tenant can be neither read nor taken.
   * Answers whether it took the lease.
   */
  async reconcile(tenantId: string, options: ReconcileOptions = {}): Promise<boolean> {
    const { store } = this.#options;
    const { tenant, version } = await store.getTenant(tenantId);
    const now = this.#now();
    if (!tenant || !hasUnfinishedWork(tenant)) return false;
    if (options.turn && !isQueued(tenant, options.turn.kind, now)) return false;
    if (options.incarnation !== undefined && options.incarnation !== tenant.incarnation) return false;
    if (tenant.lease && tenant.lease.expires_at > now && !this.#isDead(tenant.lease, options.aloneSince)) return false;
    const fence = tenant.fence + 1;
    const expires_at = addMs(now, this.leaseMs);
    const lease = { holder: randomUUID(), fence, expires_at };
    const held: Tenant = { ...dequeued(tenant, now), fence, lease, next_at: expires_at };
    try {
      await this.work(held, await store.putTenant(held, version), { ...options, act: tenant.line?.act ?? false });
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return false;
    }
  }

  /**
   * Works on a tenant whose lease the caller took, as `reconcile` does, and answers what became of it.
   * `act`: nobody has called the provider for this operation yet. Throws nothing: where the store fails, the tenant is taken
   * up again when its lease has run out.
   */
  async work(tenant: Tenant, version: number, options: ReconcileOptions & { act: boolean }): Promise<Tenant> {
    const holding = new Lease(tenant, version, {
      store: this.#options.store,
      clock: this.clock,
      leaseMs: this.leaseMs,
    });
    const until = this.clock.now() + (options.patience ?? 0);
    let { act, turn } = options;
    try {
      for (;;) {
        const pause = await this.#advance(holding, { act, turn, signal: options.signal });
        if (pause === 'finished' || pause === 'queued') return holding.tenant;
        act = false;
        turn = undefined;
        if (pause === 'superseded') continue;
        if (options.signal?.aborted || this.clock.now() + pause > until) {
          await release(holding, pause, this.#placeOf(holding));
          return holding.tenant;
        }
        await this.clock
          .sleep(pause, options.signal ? AbortSignal.any([holding.signal, options.signal]) : holding.signal)
          .catch(() => undefined);
      }
    } catch (error) {
      const fields = { component, tenant_id: tenant.tenant_id, error: messageOf(error) };
      if (error instanceof LeaseLostError) this.#options.logger.warn('lease lost', fields);
      else this.#options.logger.error('work interrupted', fields);
      return holding.tenant;
    } finally {
      await holding.end();
    }
  }

  /** Whether a lease was last renewed before its holder can only have died. */
  #isDead({ expires_at }: LeaseRecord, aloneSince: number | undefined): boolean {
    return aloneSince !== undefined && Date.parse(expires_at) - this.leaseMs < aloneSince;
  }

  /** One step. Answers how long to wait before the next, in milliseconds. */
  async #advance(holding: Lease, step: Step): Promise<number | 'queued' | 'superseded' | 'finished'> {
    try {
      holding.resume();
      if (isRunning(holding.tenant)) {
        const turn = await admit(holding, step, this.#placeOf(holding));
        const pause = turn ? await this.#try(holding, { ...step, turn }) : 'queued';
        if (pause !== undefined) return pause;
      }
      await settle(holding, this.#options.store);
      return isRunning(holding.tenant) ? 'superseded' : 'finished';
    } catch (error) {
      if (error instanceof SupersededError) return 'superseded';
      throw error;
    }
  }

  /** One try of the running operation. Answers the pause before the next, or nothing if the operation has ended. */
  async #try(holding: Lease, { act, turn, signal }: Step & { turn: Slot }): Promise<number | undefined> {
    const { tenant } = holding;
    const { operation } = tenant;
    let progress: AttemptResult;
    try {
      const { manager } = this.#options;
      const call = (at: AbortSignal) => attempt(manager, tenant, { act, signal: at, patience: 0 });
      progress = cutProgress(await this.#call(holding, signal, call));
    } catch (error) {
      if (error instanceof ThrottledError)
        await this.rateLimiter.throttled(this.#placeOf(holding).backend, callKindOf(tenant), turn);
      if (holding.signal.aborted) throw holding.signal.reason;
      return this.#fail(
        holding,
        signal?.aborted ? new TimeoutError('the provider did not answer in the time there was') : error,
      );
    }
    if (progress.kind === 'done') {
      if (operation.type === 'destroy') await this.#expireHistory(tenant);
      await holding.write((now) => released(readyTenant(now, progress, this.#now())));
      this.#log('operation succeeded', holding.tenant.operation);
      return undefined;
    }
    const elapsed = this.clock.now() - Date.parse(operation.requested_at);
    if (operation.deadline_at && operation.deadline_at <= this.#now()) {
      return this.#fail(
        holding,
        new TimeoutError(
          `${operation.type} of tenant ${tenant.tenant_id} after ${Math.round(elapsed / 1000)} s: ${progress.message}`,
          { retryable: false },
        ),
      );
    }
    if (!operation.applied || operation.message !== progress.message) {
      await holding.write((now) => ({
        ...now,
        operation: { ...now.operation, applied: true, message: progress.message },
      }));
    }
    return pollPause(elapsed);
  }

  /** Records a failed try: to be followed by another, or as the end of the operation. */
  async #fail(holding: Lease, error: unknown): Promise<number | undefined> {
    const failure = failureOf(error);
    const { operation } = holding.tenant;
    const context = { code: failure.code, attempts: operation.attempts + 1, error: messageOf(error) };
    const isOver = operation.deadline_at !== undefined && operation.deadline_at <= this.#now();
    if (operation.type === 'destroy' || (failure.retryable && !isOver)) {
      const pause = pauseAskedFor(error) + retryPause(operation.attempts + 1, this.#random);
      await holding.write((now) => ({
        ...now,
        operation: retriedOperation(now.operation, failure, { at: this.#now(), pause }),
      }));
      this.#log('operation will be tried again', holding.tenant.operation, context);
      return pause;
    }
    const usable = await this.#isUsable(holding);
    await holding.write((now) => released(failedTenant(now, { ...failure, usable }, this.#now())));
    this.#log('operation failed', holding.tenant.operation, context);
    return undefined;
  }

  async #isUsable(holding: Lease): Promise<boolean> {
    const { tenant } = holding;
    if (!tenant.serving) return false;
    try {
      const status = await this.#call(holding, undefined, (signal) =>
        observe(this.#options.manager, tenant, { signal }),
      );
      return isUsable(status, tenant.desired.spec_hash);
    } catch {
      if (holding.signal.aborted) throw holding.signal.reason;
      return false; // a provider that cannot be asked cannot be said to serve
    }
  }

  /** Before the end is recorded, so that a crash leaves it to be done again. */
  #expireHistory({ tenant_id, incarnation }: Tenant): Promise<void> {
    return this.#options.store.expireHistory(tenant_id, incarnation, tombstoneTtl(this.#now()));
  }

  /** Waits for a call no longer than it may take, nor than we hold the tenant. */
  #call<T>(holding: Lease, signal: AbortSignal | undefined, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = this.#options.callMs ?? 60_000;
    const signals = [holding.signal, ...(signal ? [signal] : [])];
    return boundedCall(call, { clock: this.clock, limit, signals });
  }

  #placeOf({ tenant }: Lease): QueueContext {
    return {
      rateLimiter: this.rateLimiter,
      clock: this.clock,
      backend: this.#options.manager.backendOf(tenant.provider_type),
    };
  }

  #log(message: string, operation: Operation, facts: Record<string, unknown> = {}): void {
    const { operation_id, tenant_id, type, state } = operation;
    const level = state === 'failed' ? 'error' : state === 'running' ? 'warn' : 'info';
    this.#options.logger[level](message, { component, operation_id, tenant_id, type, state, ...facts });
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
