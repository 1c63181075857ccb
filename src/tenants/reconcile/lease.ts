import { addMs, type Clock, timestamp } from '../clock.ts';
import { conditionsOf } from '../model/conditions.ts';
import type { Tenant } from '../model/tenant.ts';
import { isScheduled } from '../model/tenant-state.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError } from '../store/table.ts';

/** The lease expired and another worker took it. */
export class LeaseLostError extends Error {}

/** A newer request took the place of the operation that was being worked on. */
export class SupersededError extends Error {}

export interface LeaseOptions {
  store: Store;
  clock: Clock;
  leaseMs: number;
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the lease was given back');

/**
 * A tenant whose lease this worker holds. All writes about the tenant go through `write`, one after the other.
 *
 * Three parties write the same item at the same time: this worker, requests that record a new intent, and a worker that
 * takes over an expired lease. Each write is conditional on the version that its writer read, so exactly one of them wins.
 * The loser reads what the winner wrote:
 *
 * - The item is the very one that this worker wrote: only the answer was lost. The work goes on.
 * - The fence is another one: the lease expired and was taken over. `LeaseLostError`; nothing more may be written.
 * - The fence is ours and the operation is another one: a newer request took its place. `SupersededError`; the worker
 *   stops its call and goes on with the new operation under the same lease. So two workers never call the provider for
 *   one tenant, unless one slept through its lease.
 * - Otherwise a request changed a detail: the change is applied again, to what was read.
 *
 * This is safe because each decision is made from the item that was read, never from memory. The lease is renewed in the
 * background through the same sequence of writes. A renewal also notices the cases above, and aborts `signal` while a
 * provider call is still running.
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
   * Writes the tenant that `change` returns, unless it is the very one it was given. May call `change` several times, with
   * what other writers made of the tenant. Throws `LeaseLostError` or `SupersededError`.
   */
  write(change: (tenant: Tenant) => Tenant): Promise<Tenant> {
    const writing = this.#writing.then(() => this.#put(change));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  /** Reads the tenant again. Interrupts the work where a newer request took the place of the operation. */
  refresh(): Promise<void> {
    const reading = this.#writing.then(async () => {
      const { tenant, version } = await this.#options.store.getTenant(this.#tenant.tenant_id);
      if (version !== this.#version) this.#takeOver(this.#tenant, tenant, version);
    });
    this.#writing = reading.catch(() => undefined);
    return reading;
  }

  /** Goes on with the operation that took the place of the earlier one. */
  resume(): void {
    if (this.#interruption.signal.reason instanceof SupersededError) this.#interruption = new AbortController();
  }

  /** Stops renewing. The lease itself was given back by the last `write`, or expires. */
  async end(): Promise<void> {
    this.#renewal.abort(ENDED);
    await this.#writing;
  }

  async #put(change: (tenant: Tenant) => Tenant): Promise<Tenant> {
    const { store, clock } = this.#options;
    for (;;) {
      this.signal.throwIfAborted();
      const before = this.#tenant;
      const now = timestamp(clock);
      const wanted = change(before);
      if (wanted === before) return before;
      const changed = { ...wanted, updated_at: now };
      const next = {
        ...changed,
        conditions: conditionsOf(changed, now),
        ...(!isScheduled(changed) && { next_at: undefined }),
      };
      try {
        this.#version = await store.putTenant(next, this.#version);
        this.#tenant = next;
        return next;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
      const { tenant, version } = await store.getTenant(before.tenant_id);
      if (tenant && JSON.stringify(tenant) === JSON.stringify(next)) {
        this.#version = version;
        this.#tenant = next;
        return next;
      }
      this.#takeOver(before, tenant, version);
    }
  }

  /** Accepts what another writer made of the tenant, or throws where it is no longer ours to work on. */
  #takeOver(before: Tenant, tenant: Tenant | undefined, version: number): void {
    if (!tenant || tenant.lease?.fence !== this.#fence)
      throw this.#interrupt(new LeaseLostError(`the lease of ${before.tenant_id} expired and was taken over`));
    this.#tenant = tenant;
    this.#version = version;
    const { operation_id } = before.operation;
    if (tenant.operation.operation_id !== operation_id)
      throw this.#interrupt(
        new SupersededError(`operation ${operation_id} was replaced by a ${tenant.operation.type}`),
      );
  }

  #interrupt(reason: Error): Error {
    this.#interruption.abort(reason);
    return reason;
  }

  /** Renews three times within each lease. A renewal that fails is tried again until the lease is lost. */
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
      // The work ended, or `signal` has told that the lease is lost.
    }
  }

  /** A lease that was given back is not renewed: the renewal may have waited behind that very write. */
  #renewed(tenant: Tenant): Tenant {
    if (!tenant.lease) return tenant;
    const { clock, leaseMs } = this.#options;
    const expires_at = addMs(timestamp(clock), leaseMs);
    return { ...tenant, lease: { ...tenant.lease, expires_at }, next_at: expires_at };
  }
}
