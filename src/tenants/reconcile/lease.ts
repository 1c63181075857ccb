import { equalJson } from '../../compute/spec/json.ts';
import type { Clock } from '../clock.ts';
import { addMs } from '../decide/decide.ts';
import { conditionsOf } from '../model/conditions.ts';
import type { Tenant } from '../model/tenant.ts';
import { hasUnfinishedWork } from '../model/tenant-state.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError } from '../store/table.ts';

/** Somebody else holds the tenant now, because this holder's lease ran out. */
export class LeaseLostError extends Error {}

/** The tenant is asked for something else now: what was being done for it is to be left. */
export class SupersededError extends Error {}

export interface LeaseOptions {
  store: Store;
  clock: Clock;
  leaseMs: number;
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const OVER = new Error('the holding is over');

/**
 * A tenant that we hold the lease of. All that is written about it while we work goes through `write`, one after the other,
 * on condition that it is still ours; the lease is renewed meanwhile, and `signal` is aborted when it is lost or when another
 * request takes the place of the operation.
 */
export class Lease {
  #tenant: Tenant;
  #version: number;
  #writing: Promise<unknown> = Promise.resolve();
  #interruption = new AbortController();
  readonly #fence: number;
  readonly #options: LeaseOptions;
  readonly #renewal = new AbortController();

  constructor(tenant: Tenant, version: number, options: LeaseOptions) {
    this.#tenant = tenant;
    this.#version = version;
    this.#fence = tenant.fence;
    this.#options = options;
    void this.#renew();
  }

  get tenant(): Tenant {
    return this.#tenant;
  }

  /** Aborted with a `LeaseLostError` or a `SupersededError`. */
  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /**
   * Writes what `change` makes of the tenant, if that is not what it was. If another writer was first, `change` is applied
   * anew to what that one wrote.
   * Throws `LeaseLostError`, or `SupersededError` where the operation it was about gave way to another.
   */
  write(change: (tenant: Tenant) => Tenant): Promise<Tenant> {
    const writing = this.#writing.then(() => this.#put(change));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  /** Takes up the operation that took the place of the one we worked on. */
  resume(): void {
    if (this.#interruption.signal.reason instanceof SupersededError) this.#interruption = new AbortController();
  }

  /** Ends the renewals. Whoever calls it has given the lease back by a last `write`, or lets it run out. */
  async end(): Promise<void> {
    this.#renewal.abort(OVER);
    await this.#writing;
  }

  async #put(change: (tenant: Tenant) => Tenant): Promise<Tenant> {
    const { store, clock } = this.#options;
    for (;;) {
      this.signal.throwIfAborted();
      const before = this.#tenant;
      const now = new Date(clock.now()).toISOString();
      const wanted = change(before);
      if (wanted === before) return before;
      const changed = { ...wanted, updated_at: now };
      const next = {
        ...changed,
        conditions: conditionsOf(changed, now),
        ...(!hasUnfinishedWork(changed) && { next_at: undefined }),
      };
      try {
        this.#version = await store.putTenant(next, this.#version);
        this.#tenant = next;
        return next;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
      const { tenant, version } = await store.getTenant(before.tenant_id);
      if (tenant && equalJson(tenant, next)) {
        this.#version = version; // the write was ours: it was made, and its answer was lost
        this.#tenant = next;
        return next;
      }
      this.#takeOver(before, tenant, version);
    }
  }

  /** After somebody else's write: is the tenant still ours, and is it still about the same operation? */
  #takeOver(before: Tenant, tenant: Tenant | undefined, version: number): void {
    if (!tenant || tenant.lease?.fence !== this.#fence)
      throw this.#interrupt(new LeaseLostError(`the lease of ${before.tenant_id} was lost`));
    this.#tenant = tenant;
    this.#version = version;
    if (tenant.operation.operation_id !== before.operation.operation_id) {
      throw this.#interrupt(
        new SupersededError(`operation ${before.operation.operation_id} gave way to ${tenant.operation.type}`),
      );
    }
  }

  #interrupt(reason: Error): Error {
    this.#interruption.abort(reason);
    return reason;
  }

  /** Three times within each lease; it also notices a request that came meanwhile. A failure to renew is tried again, until the lease is lost. */
  async #renew(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    try {
      for (;;) {
        await clock.sleep(leaseMs / 3, this.#renewal.signal);
        await this.write((tenant) => this.#renewed(tenant)).catch((error) => {
          if (error instanceof LeaseLostError) throw error;
        });
      }
    } catch {
      // The holding ended, or its signal has told that the lease is lost.
    }
  }

  /** A lease that was given back stays so: the renewal may have been waiting behind that very write. */
  #renewed(tenant: Tenant): Tenant {
    if (!tenant.lease) return tenant;
    const { clock, leaseMs } = this.#options;
    const expires_at = addMs(new Date(clock.now()).toISOString(), leaseMs);
    return { ...tenant, lease: { ...tenant.lease, expires_at }, next_at: expires_at };
  }
}
