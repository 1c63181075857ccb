import { addMs, timestamp } from '../clock.ts';
import type { Tenant } from '../model/tenant.ts';
import { isOfRollout, isRunning } from '../model/tenant-state.ts';
import type { Slot } from '../rate/rate.ts';
import { callKindOf, enqueued } from '../rate/waiting-queue.ts';
import { SupersededError } from './lease.ts';
import { anySignal, backendOf, type Work } from './work.ts';

export interface Step {
  /** The provider was not called yet for this operation. */
  firstTry: boolean;
  /** A slot that the caller already took for this step. */
  slot?: Slot | undefined;
  /** When a failed tenant is due to be brought back, if that is not yet: ISO 8601. Until then it is only looked at. */
  notDueUntil?: string | undefined;
}

/** How long a slot is waited for while the lease is held. Milliseconds. */
const SOON_MS = 1000;

/**
 * Waits for a slot to call the provider, if one is due within a second. Otherwise puts the tenant into its queue, without a
 * lease, and returns undefined.
 */
export async function admit(work: Work, { firstTry, slot }: Step): Promise<Slot | undefined> {
  const { lease, rateLimiter, clock, signal } = work;
  const backend = backendOf(work);
  const kind = callKindOf(lease.tenant);
  // A rollout takes no slot past tenants that wait in a queue.
  const mustQueue = isOfRollout(lease.tenant) && kind !== 'look' && rateLimiter.isLimited(backend, kind);
  const granted = slot ?? (mustQueue ? undefined : await rateLimiter.slotWithin(backend, kind, SOON_MS));
  // A clock that steps back after the slot was granted must not turn a second into a day.
  const wait = Math.min((granted?.at ?? 0) - clock.now(), SOON_MS);
  if (wait > 0) await clock.sleep(wait, anySignal(work)).catch(() => lease.signal.throwIfAborted());
  if (granted && !(wait > 0 && signal?.aborted)) return granted;
  await lease.write((now) => enqueued(now, timestamp(clock), { backend, firstTry }));
  return undefined;
}

/**
 * Gives the lease back until the next step is due, `pause` milliseconds from now. Where the next step is a look at a backend
 * that throttles looks, the tenant waits in the queue of looks instead.
 */
export async function release(work: Work, pause: number): Promise<void> {
  const { lease, rateLimiter, clock } = work;
  const backend = backendOf(work);
  const now = timestamp(clock);
  const next_at = addMs(now, pause);
  const isLook = (tenant: Tenant) => isRunning(tenant) && callKindOf(tenant) === 'look';
  try {
    await lease.write((tenant) =>
      isLook(tenant) && rateLimiter.isLimited(backend, 'look')
        ? enqueued(tenant, next_at, { backend, firstTry: false })
        : { ...tenant, lease: undefined, next_at },
    );
  } catch (error) {
    if (!(error instanceof SupersededError)) throw error;
    lease.resume();
    await lease.write((tenant) => ({ ...tenant, lease: undefined, next_at: now }));
  }
}
