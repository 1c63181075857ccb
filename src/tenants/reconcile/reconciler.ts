import { randomUUID } from 'node:crypto';
import { messageOf } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import { addMs, type Clock, elapsed, systemClock, timestamp } from '../clock.ts';
import type { LeaseRecord, Tenant } from '../model/tenant.ts';
import { isDue, isHeld, isRecovering, isScheduled, withoutFutureRequest } from '../model/tenant-state.ts';
import type { Slot } from '../rate/rate.ts';
import type { RateLimiter } from '../rate/rate-limiter.ts';
import type { CallKind } from '../rate/rates.ts';
import { dequeued, isQueued } from '../rate/waiting-queue.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError } from '../store/table.ts';
import { release, type Step } from './admission.ts';
import { Lease, LeaseLostError, SupersededError } from './lease.ts';
import { component, takeStep } from './step.ts';
import { anySignal, type WorkContext } from './work.ts';

export interface ReconcilerOptions {
  store: Store;
  manager: Manager;
  rateLimiter: RateLimiter;
  logger: Logger;
  clock?: Clock | undefined;
  random?: (() => number) | undefined;
  /** How long a lease lasts; it is renewed while work goes on. Milliseconds; default 15,000. */
  leaseMs?: number | undefined;
  /** How long one call of a provider may take. Milliseconds; default 60,000. */
  callMs?: number | undefined;
}

export interface ReconcileOptions {
  /** Reconciles only if the tenant is still in this life. */
  incarnation?: string | undefined;
  /** Aborted when the caller left or has no more time: unfinished work is left to the next call. */
  signal?: AbortSignal | undefined;
  /**
   * Since when no other process can be at work, as on a host that took over its data directory: leases that were last
   * renewed earlier are void. Epoch milliseconds.
   */
  exclusiveSince?: number | undefined;
  /** How long to stay with work that the provider accepted and that takes longer. Milliseconds; default 0. */
  waitMs?: number | undefined;
  /** A slot that the caller took. Reconciles only if the tenant waits for a slot of that kind. */
  slot?: (Slot & { kind: CallKind }) | undefined;
}

/**
 * Brings tenants to their desired state. Every path ends here: a request that was just recorded, a sweep after a crash, a
 * message that was delivered again, an event of a backend. It is level-triggered: however often it is called, it compares
 * what is desired with what is there, and does what is missing.
 */
export class Reconciler {
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly rateLimiter: RateLimiter;
  readonly #context: WorkContext;
  /** The leases that this process holds, by tenant. */
  readonly #held = new Map<string, Lease>();

  constructor(options: ReconcilerOptions) {
    const { clock = systemClock, random = Math.random, leaseMs = 15_000, callMs = 60_000 } = options;
    this.#context = { ...options, clock, random, callMs };
    this.leaseMs = leaseMs;
    this.clock = clock;
    this.rateLimiter = options.rateLimiter;
  }

  /**
   * Takes the lease of a tenant and works on it until nothing is unfinished, the time is up, or the lease is lost. Returns
   * false where it did not take the lease: nothing is unfinished, another worker holds it, or the options exclude it.
   * A failure of the provider is recorded on the operation. Throws only where the table fails.
   */
  async reconcile(tenantId: string, options: ReconcileOptions = {}): Promise<boolean> {
    const { store } = this.#context;
    const { tenant, version } = await store.getTenant(tenantId);
    const now = timestamp(this.clock);
    if (!tenant || !isScheduled(tenant)) return false;
    if (options.slot && !isQueued(tenant, options.slot.kind, now)) return false;
    if (options.incarnation !== undefined && options.incarnation !== tenant.incarnation) return false;
    const isTaken = tenant.lease && isHeld(tenant.lease, now, this.leaseMs);
    if (isTaken && !this.#isVoid(tenant.lease, options)) return false;
    const fence = tenant.fence + 1;
    const expires_at = addMs(now, this.leaseMs);
    const lease = { holder: randomUUID(), fence, expires_at };
    const held: Tenant = { ...withoutFutureRequest(dequeued(tenant, now), now), fence, lease, next_at: expires_at };
    try {
      const written = await store.putTenant(held, version);
      const firstTry = tenant.waiting?.first_try ?? false;
      const notDueUntil = isRecovering(tenant) && !isDue(tenant, now) ? tenant.next_at : undefined;
      await this.work(held, written, { ...options, firstTry, notDueUntil });
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return false;
    }
  }

  /**
   * Works on a tenant whose lease the caller took, as `reconcile` does. Returns the tenant as last read or written.
   * `firstTry`: the provider was not called yet for the operation. Throws nothing: where the table fails, the tenant is
   * reconciled again when its lease has expired.
   */
  async work(tenant: Tenant, version: number, options: ReconcileOptions & Step): Promise<Tenant> {
    const { store, logger } = this.#context;
    const { signal, waitMs = 0 } = options;
    const lease = new Lease(tenant, version, { store, clock: this.clock, leaseMs: this.leaseMs });
    this.#held.set(tenant.tenant_id, lease);
    const work = { ...this.#context, lease, signal };
    const until = elapsed(this.clock) + waitMs;
    const { notDueUntil } = options;
    let { firstTry, slot } = options;
    try {
      for (;;) {
        const step = await takeStep(work, { firstTry, slot, notDueUntil });
        if (step.kind === 'finished' || step.kind === 'queued') return lease.tenant;
        // The lease was ours all the time, so the provider was not called yet for the newer operation.
        firstTry = step.kind === 'superseded';
        slot = undefined;
        if (step.kind === 'superseded') continue;
        if (signal?.aborted || elapsed(this.clock) + step.ms > until) {
          await release(work, step.ms);
          return lease.tenant;
        }
        await this.clock.sleep(step.ms, anySignal(work)).catch(() => undefined);
      }
    } catch (error) {
      const fields = { component, tenant_id: tenant.tenant_id, error: messageOf(error) };
      if (error instanceof LeaseLostError) logger.warn('lease lost', fields);
      else logger.error('work interrupted', fields);
      return lease.tenant;
    } finally {
      if (this.#held.get(tenant.tenant_id) === lease) this.#held.delete(tenant.tenant_id);
      await lease.end();
    }
  }

  /**
   * Tells a worker of this process that a newer request for its tenant was recorded. A worker of another process notices it
   * at its next write, or when it renews its lease.
   */
  interrupt(tenantId: string): void {
    const { logger } = this.#context;
    this.#held
      .get(tenantId)
      ?.refresh()
      .catch((error: unknown) => {
        if (error instanceof SupersededError || error instanceof LeaseLostError) return;
        logger.warn('tenant not read again', { component, tenant_id: tenantId, error: messageOf(error) });
      });
  }

  /** Returns true for a lease that was last renewed before this process became the only one. */
  #isVoid({ expires_at = '' }: Partial<LeaseRecord> = {}, { exclusiveSince }: ReconcileOptions): boolean {
    return exclusiveSince !== undefined && Date.parse(expires_at) - this.leaseMs < exclusiveSince;
  }
}
