import type { Clock } from '../clock.ts';
import { addMs } from '../decide/decide.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { type Lease, SupersededError } from '../reconcile/lease.ts';
import type { Slot } from './rate.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { callKindOf, enqueued } from './waiting-queue.ts';

/** Where a tenant may have to wait for its turn. */
export interface QueueContext {
  rateLimiter: RateLimiter;
  clock: Clock;
  backend: string;
}

export interface Step {
  /** Nobody has called the provider for this operation yet. */
  act: boolean;
  /** The turn that whoever calls took for it. */
  turn?: Slot | undefined;
  signal?: AbortSignal | undefined;
}

/** For how long a turn is waited for with the lease in hand. Milliseconds. */
const SOON_MS = 1000;

/** Waits for the turn to call the provider, if that is soon. Otherwise puts the tenant into line, and answers nothing. */
export async function admit(
  holding: Lease,
  { act, turn, signal }: Step,
  { rateLimiter, clock, backend }: QueueContext,
): Promise<Slot | undefined> {
  const got = turn ?? (await rateLimiter.turn(backend, callKindOf(holding.tenant), SOON_MS));
  const wait = (got?.at ?? 0) - clock.now();
  const signals = AbortSignal.any([holding.signal, ...(signal ? [signal] : [])]);
  if (wait > 0) await clock.sleep(wait, signals).catch(() => holding.signal.throwIfAborted());
  if (got && !(wait > 0 && signal?.aborted)) return got;
  await holding.write((now) => enqueued(now, new Date(clock.now()).toISOString(), { backend, act }));
  return undefined;
}

/** Gives the lease back until the next step is due: a look at a provider that throttles them waits in their line then. */
export async function release(
  holding: Lease,
  pause: number,
  { rateLimiter, clock, backend }: QueueContext,
): Promise<void> {
  const now = new Date(clock.now()).toISOString();
  const next_at = addMs(now, pause);
  const isLook = (tenant: Tenant) => isRunning(tenant) && callKindOf(tenant) === 'look';
  try {
    await holding.write((tenant) =>
      isLook(tenant) && rateLimiter.isLimited(backend, 'look')
        ? enqueued(tenant, next_at, { backend, act: false })
        : { ...tenant, lease: undefined, next_at },
    );
  } catch (error) {
    if (!(error instanceof SupersededError)) throw error;
    holding.resume();
    await holding.write((tenant) => ({ ...tenant, lease: undefined, next_at: now }));
  }
}
