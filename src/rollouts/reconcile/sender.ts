import { backoffMs } from '../../compute/backoff.ts';
import { ComputeError, messageOf } from '../../compute/errors.ts';
import { elapsed } from '../../tenants/clock.ts';
import { actorOf, type InFlight, type Rollout } from '../model/rollout.ts';
import { examineChange } from '../plan/examine.ts';
import type { RolloutWorkContext } from './context.ts';

/** The latest failure to ask for the change of a tenant. `isFinal`: asking again would fail again. */
export interface SendFailure {
  message: string;
  isFinal: boolean;
  /** Another request for the tenant is under way, or was faster. */
  isOvertaken: boolean;
  /** How often it failed. */
  count: number;
}

/** Codes of a request that came too late. The record of the tenant says what happened. */
const OVERTAKEN: readonly string[] = [
  'revision_conflict',
  'tenant_not_found',
  'operation_in_progress',
  'stale_request',
];

/**
 * Asks `Tenants` for the changes of one rollout, on condition of the revisions that it saw. A request may be sent any number
 * of times and takes effect once. A call returns when the tenant came up or its provider needs more time, so the worker does
 * not wait for it, and finds in the tenant's record what became of it.
 */
export class Sender {
  readonly #context: RolloutWorkContext;
  readonly #signal: AbortSignal | undefined;
  readonly #ended: (position: number) => void;
  readonly #sending = new Map<number, Promise<void>>();
  readonly #failures = new Map<number, SendFailure & { retryAt: number }>();

  /** `ended` is called with the position of each request that has ended. */
  constructor(context: RolloutWorkContext, signal: AbortSignal | undefined, ended: (position: number) => void) {
    this.#context = context;
    this.#signal = signal;
    this.#ended = ended;
  }

  failureOf({ position }: InFlight): SendFailure | undefined {
    return this.#failures.get(position);
  }

  /** Sends the request for a tenant in flight, unless one is under way or has to wait after a failure. */
  send(rollout: Rollout, entry: InFlight): void {
    const { position } = entry;
    const failure = this.#failures.get(position);
    if (this.#sending.has(position) || this.#signal?.aborted) return;
    if (failure && failure.retryAt > elapsed(this.#context.clock)) return;
    const request = this.#request(rollout, entry)
      .then(() => void this.#failures.delete(position))
      .catch((error: unknown) => this.#fail(position, error))
      .finally(() => {
        this.#sending.delete(position);
        this.#ended(position);
      });
    this.#sending.set(position, request);
  }

  /** Returns true while the request for a tenant in flight is under way. */
  isSending({ position }: InFlight): boolean {
    return this.#sending.has(position);
  }

  /** Resolves when one of the requests under way has ended. */
  async anyEnded(): Promise<void> {
    if (this.#sending.size > 0) await Promise.race(this.#sending.values());
    else await new Promise(() => undefined);
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#sending.values());
  }

  async #request(rollout: Rollout, entry: InFlight): Promise<void> {
    const { tenants, tenantStore } = this.#context;
    const { tenant_id, from_revision, to_revision } = entry;
    const { rollout_id } = rollout.spec;
    const actor = actorOf(rollout);
    const caller = { actor, requestId: actor, rollout: rollout_id, signal: this.#signal };
    if (entry.action === 'undo') {
      await tenants.rollback(tenant_id, from_revision, { ...caller, ifMatch: to_revision });
      return;
    }
    const { tenant } = await tenantStore.getTenant(tenant_id);
    if (tenant?.desired.revision !== from_revision) return;
    const examined = await examineChange(tenant, rollout.spec.change);
    if (examined.kind === 'changes') await tenants.update(examined.spec, { ...caller, ifMatch: from_revision });
    else throw new UnsendableError(examined.detail);
  }

  #fail(position: number, error: unknown): void {
    const isOvertaken = error instanceof ComputeError && OVERTAKEN.includes(error.code);
    const count = (this.#failures.get(position)?.count ?? 0) + 1;
    const isRefused = error instanceof ComputeError && !error.retryable && !isOvertaken;
    const isFinal = error instanceof UnsendableError || isRefused;
    const retryAt = elapsed(this.#context.clock) + backoffMs(count, { random: () => 1 });
    this.#failures.set(position, { message: messageOf(error), isFinal, isOvertaken, count, retryAt });
  }
}

/** The change is about nothing that the tenant has. */
class UnsendableError extends Error {}
