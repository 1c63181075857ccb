import { messageOf } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Slot } from '../rate/rate.ts';
import type { CallKind } from '../rate/rates.ts';
import { queuesOf } from '../rate/waiting-queue.ts';
import type { ReconcileOptions, Reconciler } from '../reconcile/reconciler.ts';
import type { Store } from '../store/store.ts';

export interface SweeperOptions {
  store: Store;
  reconciler: Reconciler;
  logger: Logger;
  /** How many tenants are worked on at a time, beside those that are called up from a line. */
  concurrency?: number | undefined;
  random?: (() => number) | undefined;
}

export interface SweepOptions {
  signal?: AbortSignal | undefined;
  /** Since when nobody else can be at work: what the dead left is taken up before their leases end. Epoch milliseconds. */
  aloneSince?: number | undefined;
  /** Milliseconds to stay with a tenant whose provider is still at work, while no other tenant waits for that. Default 10,000. */
  patience?: number | undefined;
  /** Until when turns are taken that somebody else could have. Epoch milliseconds. */
  until?: number | undefined;
}

/** How many times as many tenants are looked for as are worked on at a time. */
const AT_HAND = 4;

/** How many tenants at the head of a line are looked at: some more than there are turns, for others sweep at the same time. */
const HEAD = { least: 16, most: 200 };
/** How many tenants a turn is offered to: what an index shows may have been taken up long ago. */
const MOST_TRIES = 32;
/** How often a line is looked at while its backend throttles nothing. Milliseconds. */
const REST_MS = 10_000;

/**
 * Finds tenants with unfinished work, whoever left it unfinished, and reconciles them. What it costs follows the work that
 * is due, not the number of tenants. Any number of sweepers may run at once: a tenant's lease lets one of them in.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #working = new Set<string>();
  readonly #restedAt = new Map<string, number>();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /**
   * One pass over what is due now, and over the heads of the lines. Answers how many tenants were taken up; a failure with
   * one does not keep it from the others.
   */
  async sweep({ patience = 10_000, ...options }: SweepOptions = {}): Promise<number> {
    const { store, reconciler, concurrency = 32 } = this.#options;
    const { rateLimiter } = reconciler;
    const due = await store.findDue(concurrency * AT_HAND, { early: options.aloneSince !== undefined });
    for (const [backend, rates] of due.rates) rateLimiter.note(backend, rates);
    const lines = rateLimiter.known().map(({ backend, kind }) => this.#callUp(backend, kind, options));
    const idle = due.tenants.filter((id) => !this.#working.has(id));
    const taken = idle.slice(0, Math.max(0, concurrency - this.#working.size));
    const isCrowded = due.tenants.length >= concurrency * (AT_HAND - 1);
    const { signal, aloneSince } = options;
    const one = (id: string) => this.#reconcile(id, { signal, aloneSince, patience: isCrowded ? 0 : patience });
    await Promise.all(taken.map(one));
    return taken.length + (await Promise.all(lines)).reduce((sum, called) => sum + called, 0);
  }

  /** Gives the turns there are for a kind of calls to tenants who wait for them. Answers how many came up. */
  async #callUp(backend: string, kind: CallKind, { signal, until }: SweepOptions): Promise<number> {
    const { reconciler, logger } = this.#options;
    const { rateLimiter } = reconciler;
    try {
      if (!rateLimiter.isOpen(backend, kind) || this.#isResting(backend, kind)) return 0;
      const waiting = await this.#headOf(backend, kind);
      if (waiting.length === 0) return 0;
      const turns = await rateLimiter.take(backend, kind, { wanted: waiting.length, until });
      // While the turns come, others may take up all that were at the head: then there is a new one.
      const next = async () => {
        if (waiting.length === 0) waiting.push(...(await this.#headOf(backend, kind)));
        return waiting.shift();
      };
      const called = await Promise.all(turns.map((turn) => this.#serve({ ...turn, kind }, next, signal)));
      return called.filter(Boolean).length;
    } catch (error) {
      logger.error('calling up failed', { component: 'sweeper', backend, kind, error: messageOf(error) });
      return 0;
    }
  }

  /** Waits for a turn, and gives it to the first who can still be taken up. */
  async #serve(
    turn: Slot & { kind: CallKind },
    next: () => Promise<string | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { clock } = this.#options.reconciler;
    const wait = turn.at - clock.now();
    if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined);
    for (let tries = 0; tries < MOST_TRIES && !signal?.aborted; tries += 1) {
      const id = await next();
      if (id === undefined) return false;
      if (await this.#reconcile(id, { signal, turn, patience: 0 })) return true;
    }
    return false;
  }

  /**
   * Those who wait longest, line by line in turn. Others sweep at the same time and see the same: so that all do not reach
   * for the same tenant, the order within the head of a line is left to chance.
   */
  async #headOf(backend: string, kind: CallKind): Promise<string[]> {
    const { store, reconciler, random = Math.random } = this.#options;
    const wanted = reconciler.rateLimiter.openSlots(backend, kind);
    const limit = Math.min(HEAD.most, Math.max(HEAD.least, wanted * 2));
    const lines = await Promise.all(queuesOf[kind].map((name) => store.listQueue(backend, name, limit)));
    const free = lines.map((ids) =>
      shuffled(
        ids.filter((id) => !this.#working.has(id)),
        random,
      ),
    );
    const longest = Math.max(...free.map((ids) => ids.length));
    return Array.from({ length: longest }, (_, place) => free.flatMap((ids) => ids[place] ?? [])).flat();
  }

  /** Nobody waits in the lines of a backend that throttles no more, but for some who came when it just had stopped. */
  #isResting(backend: string, kind: CallKind): boolean {
    const { rateLimiter, clock } = this.#options.reconciler;
    if (rateLimiter.isLimited(backend, kind)) return false;
    const now = clock.now();
    const key = `${backend}/${kind}`;
    if (now < (this.#restedAt.get(key) ?? 0) + REST_MS) return true;
    this.#restedAt.set(key, now);
    return false;
  }

  async #reconcile(tenantId: string, options: ReconcileOptions): Promise<boolean> {
    const { reconciler, logger } = this.#options;
    if (this.#working.has(tenantId)) return false;
    this.#working.add(tenantId);
    try {
      return await reconciler.reconcile(tenantId, options);
    } catch (error) {
      logger.error('reconciliation failed', { component: 'sweeper', tenant_id: tenantId, error: messageOf(error) });
      return false;
    } finally {
      this.#working.delete(tenantId);
    }
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
