import { type Holding, SupersededError } from './holding.ts';
import { later } from './intent.ts';
import { callKindOf, queued } from './line.ts';
import type { Turn } from './pace.ts';
import type { Pacer } from './pacer.ts';
import type { Clock } from './ports.ts';
import type { Tenant } from './tenant.ts';
import { isRunning } from './tenant-state.ts';

/** Where a tenant may have to wait for its turn. */
export interface Place {
  pacer: Pacer;
  clock: Clock;
  backend: string;
}

export interface Step {
  /** Nobody has called the provider for this operation yet. */
  act: boolean;
  /** The turn that whoever calls took for it. */
  turn?: Turn | undefined;
  signal?: AbortSignal | undefined;
}

/** For how long a turn is waited for with the lease in hand. Milliseconds. */
const SOON_MS = 1000;

/** Waits for the turn to call the provider, if that is soon. Otherwise puts the tenant into line, and answers nothing. */
export async function comeUp(
  holding: Holding,
  { act, turn, signal }: Step,
  { pacer, clock, backend }: Place,
): Promise<Turn | undefined> {
  const got = turn ?? (await pacer.turn(backend, callKindOf(holding.tenant), SOON_MS));
  const wait = (got?.at ?? 0) - clock.now();
  const signals = AbortSignal.any([holding.signal, ...(signal ? [signal] : [])]);
  if (wait > 0) await clock.sleep(wait, signals).catch(() => holding.signal.throwIfAborted());
  if (got && !(wait > 0 && signal?.aborted)) return got;
  await holding.write((now) => queued(now, new Date(clock.now()).toISOString(), { backend, act }));
  return undefined;
}

/** Gives the lease back until the next step is due: a look at a provider that throttles them waits in their line then. */
export async function release(holding: Holding, pause: number, { pacer, clock, backend }: Place): Promise<void> {
  const now = new Date(clock.now()).toISOString();
  const next_at = later(now, pause);
  const isLook = (tenant: Tenant) => isRunning(tenant) && callKindOf(tenant) === 'look';
  try {
    await holding.write((tenant) =>
      isLook(tenant) && pacer.isPaced(backend, 'look')
        ? queued(tenant, next_at, { backend, act: false })
        : { ...tenant, lease: undefined, next_at },
    );
  } catch (error) {
    if (!(error instanceof SupersededError)) throw error;
    holding.resume();
    await holding.write((tenant) => ({ ...tenant, lease: undefined, next_at: now }));
  }
}
