import { messageOf } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import { elapsed } from '../clock.ts';
import type { QueueName } from '../model/tenant.ts';
import { MOST_AHEAD, type Slot } from '../rate/rate.ts';
import type { CallKind } from '../rate/rates.ts';
import { LAST_QUEUE, queuesOf } from '../rate/waiting-queue.ts';
import type { ReconcileOptions, Reconciler } from '../reconcile/reconciler.ts';
import { UnreadableItemError } from '../store/read-item.ts';
import type { Store } from '../store/store.ts';
import { SkippedTenants } from './skipped-tenants.ts';

export interface SweeperOptions {
  store: Store;
  reconciler: Reconciler;
  logger: Logger;
  /** How many tenants are reconciled at a time, not counting those admitted from a queue. Default 32. */
  concurrency?: number | undefined;
  random?: (() => number) | undefined;
}

export interface SweepOptions {
  signal?: AbortSignal | undefined;
  /** Since when no other process can be at work: leases that were last renewed earlier are void. Epoch milliseconds. */
  exclusiveSince?: number | undefined;
  /**
   * How long to stay with a tenant whose provider is still at work. Not at all while many other tenants are due.
   * Milliseconds; default 10,000.
   */
  waitMs?: number | undefined;
  /** The latest slot to take from the schedule that all instances share. Epoch milliseconds. */
  until?: number | undefined;
}

/** How many times as many due tenants are read as are reconciled at a time. */
const DUE_FACTOR = 4;
/** How many tenants at the head of a queue are read: more than there are slots, because other sweepers see the same ones. */
const HEAD = { least: 16, most: 200 };
/**
 * How far ahead slots are taken for rollouts: as far as the next sweep. The request of a caller would have to wait for all
 * slots that are taken. Milliseconds.
 */
const LAST_AHEAD_MS = 1_200;
/** How many tenants one slot is offered to: an index may show tenants that were admitted long ago. */
const MAX_OFFERS = 32;
/** How often the queues of a backend that stopped throttling are read. Milliseconds. */
const CALM_INTERVAL_MS = 10_000;
/** How often failed tenants are looked for, and those that a wrong clock put far ahead. Milliseconds. */
const PERIOD_MS = 10_000;

/**
 * Finds tenants with unfinished work, after a crash too, and reconciles them. Its cost follows the work that is due, not the
 * number of tenants. Any number of sweepers may run at once: the lease of a tenant admits one of them.
 *
 * Tenants in a waiting queue are admitted slot by slot. The sweeper takes the slots first and reads the head of the queue.
 * Then it gives each slot, when its time comes, to the first tenant there that can still be reconciled. The tenants in the
 * head are shuffled, so several sweepers do not try the same ones.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #working = new Set<string>();
  readonly #calmCheckedAt = new Map<string, number>();
  readonly #skippedTenants: SkippedTenants;
  #periodicAt: number;
  /** How many of the tenants that are being reconciled a rollout changes. */
  #ofRollouts = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#periodicAt = elapsed(options.reconciler.clock);
    this.#skippedTenants = new SkippedTenants(() => elapsed(options.reconciler.clock));
  }

  /** How many tenants could not be read or written at their latest try. */
  get skipped(): number {
    return this.#skippedTenants.size;
  }

  /** Returns true where there is work for a sweep until a time. Epoch milliseconds. */
  hasWork(until: number): Promise<boolean> {
    const { store, reconciler } = this.#options;
    const known = reconciler.rateLimiter.known();
    const queues = known.flatMap(({ backend, kind }) => queuesOf[kind].map((queue) => ({ backend, queue })));
    return store.hasWork(until, queues);
  }

  /**
   * Makes one pass over the due tenants and the heads of the queues. Returns how many tenants it reconciled. A failure with
   * one tenant is logged, and that tenant is skipped for a growing time. Throws only where the table cannot be read.
   */
  async sweep({ waitMs = 10_000, ...options }: SweepOptions = {}): Promise<number> {
    const { store, reconciler, concurrency = 32 } = this.#options;
    const { rateLimiter } = reconciler;
    const early = options.exclusiveSince !== undefined;
    const due = await store.findDue(concurrency * DUE_FACTOR + this.#skippedTenants.size, { early });
    for (const [backend, rates] of due.rates) rateLimiter.learn(backend, rates);
    const queues = rateLimiter.known().map(({ backend, kind }) => this.#admit(backend, kind, options));
    const { misscheduled, failed } = await this.#findPeriodic(early);
    const present = due.tenants.filter((id) => !this.#skippedTenants.has(id));
    const idle = [...new Set([...misscheduled, ...present, ...failed])].filter((id) => this.#isIdle(id));
    const ofRollouts = due.ofRollouts.filter((id) => this.#isIdle(id) && !idle.includes(id));
    // Those that failed before come last: their rests end at any time, and must not take all places.
    const [others, failing] = [false, true].map((isKnown) =>
      idle.filter((id) => this.#skippedTenants.knows(id) === isKnown),
    );
    const free = Math.max(0, concurrency - this.#working.size);
    const taken = [...(others ?? []), ...(failing ?? [])].slice(0, free);
    // Rollouts take what is left, and never more than half: the next request of a caller finds a place.
    const left = Math.min(free - taken.length, Math.floor(concurrency / 2) - this.#ofRollouts);
    const alsoTaken = ofRollouts.slice(0, Math.max(0, left));
    const isCrowded = present.length + due.ofRollouts.length >= concurrency * (DUE_FACTOR - 1);
    const { signal, exclusiveSince } = options;
    const reconcileOptions = { signal, exclusiveSince, waitMs: isCrowded ? 0 : waitMs };
    await Promise.all([
      ...taken.map((id) => this.#reconcile(id, reconcileOptions)),
      ...alsoTaken.map((id) => this.#reconcileOfRollout(id, reconcileOptions)),
    ]);
    return taken.length + alsoTaken.length + (await Promise.all(queues)).reduce((sum, admitted) => sum + admitted, 0);
  }

  /**
   * Returns tenants that are looked for now and then: failed ones that are due for another look, and those whose next step a
   * wrong clock put far ahead. Where these are many, the next sweep looks for more.
   */
  async #findPeriodic(early: boolean): Promise<{ misscheduled: string[]; failed: string[] }> {
    const { store, reconciler, concurrency = 32 } = this.#options;
    const now = elapsed(reconciler.clock);
    if (!early && now < this.#periodicAt + PERIOD_MS) return { misscheduled: [], failed: [] };
    this.#periodicAt = now;
    const limit = Math.ceil(concurrency / 2);
    const [misscheduled, failed] = await Promise.all([
      store.findMisscheduled(limit),
      store.findRecoveries(concurrency + this.#skippedTenants.size, { early }),
    ]);
    if (misscheduled.length >= limit || failed.length >= concurrency) this.#periodicAt = Number.NEGATIVE_INFINITY;
    return { misscheduled, failed };
  }

  #isIdle(tenantId: string): boolean {
    return !(this.#working.has(tenantId) || this.#skippedTenants.has(tenantId));
  }

  /** Gives the slots of a kind of call to tenants that wait for them. Returns how many were admitted. */
  async #admit(backend: string, kind: CallKind, { signal, until }: SweepOptions): Promise<number> {
    const { reconciler, logger } = this.#options;
    const { rateLimiter } = reconciler;
    try {
      if (!rateLimiter.isOpen(backend, kind) || this.#isCalm(backend, kind)) return 0;
      const { first, last } = await this.#headOf(backend, kind);
      const slots = first.length > 0 ? await rateLimiter.takeSlots(backend, kind, { wanted: first.length, until }) : [];
      if (last.length > 0) {
        const soon = Math.min(until ?? Number.POSITIVE_INFINITY, reconciler.clock.now() + LAST_AHEAD_MS);
        slots.push(...(await rateLimiter.takeSlots(backend, kind, { wanted: last.length, until: soon })));
      }
      const head = [...first, ...last];
      const next = async () => {
        // Other sweepers may have admitted the whole head while the slots came due.
        if (head.length > 0) return head.shift();
        const later = await this.#headOf(backend, kind);
        head.push(...later.first, ...later.last);
        return head.shift();
      };
      const admitted = await Promise.all(slots.map((slot) => this.#offer({ ...slot, kind }, next, signal)));
      return admitted.filter(Boolean).length;
    } catch (error) {
      logger.error('admission failed', { component: 'sweeper', backend, kind, error: messageOf(error) });
      return 0;
    }
  }

  /** Waits for a slot and gives it to the next tenant that can be reconciled. Returns false where there was none. */
  async #offer(
    slot: Slot & { kind: CallKind },
    next: () => Promise<string | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { clock } = this.#options.reconciler;
    // No slot is granted further ahead: a longer wait is that of a clock that has stepped back.
    const wait = Math.min(slot.at - clock.now(), MOST_AHEAD);
    if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined);
    for (let offers = 0; offers < MAX_OFFERS && !signal?.aborted; offers += 1) {
      const id = await next();
      if (id === undefined) return false;
      if (await this.#reconcile(id, { signal, slot, waitMs: 0 })) return true;
    }
    return false;
  }

  /**
   * Returns the longest waiting tenants, alternately from each queue of the kind, in random order within each. `last`: those
   * of the last queue, where the others leave slots.
   */
  async #headOf(backend: string, kind: CallKind): Promise<{ first: string[]; last: string[] }> {
    const { store, reconciler, random = Math.random } = this.#options;
    const wanted = reconciler.rateLimiter.openSlots(backend, kind);
    const limit = Math.min(HEAD.most, Math.max(HEAD.least, wanted * 2));
    const headsOf = (names: readonly QueueName[]) =>
      Promise.all(
        names.map(async (name) => {
          const ids = await store.listQueue(backend, name, limit + this.#skippedTenants.size);
          const idle = ids.filter((id) => this.#isIdle(id));
          return shuffled(idle, random);
        }),
      );
    const heads = await headsOf(queuesOf[kind].filter((name) => name !== LAST_QUEUE));
    const longest = Math.max(...heads.map((ids) => ids.length));
    const first = Array.from({ length: longest }, (_, position) => heads.flatMap((ids) => ids[position] ?? [])).flat();
    if (kind !== 'change' || first.length >= wanted) return { first, last: [] };
    return { first, last: (await headsOf([LAST_QUEUE])).flat() };
  }

  /**
   * Returns true where the backend stopped throttling and its queues were read lately. Only tenants that queued just before
   * it stopped are left in them.
   */
  #isCalm(backend: string, kind: CallKind): boolean {
    const { rateLimiter, clock } = this.#options.reconciler;
    if (rateLimiter.isLimited(backend, kind)) return false;
    const now = elapsed(clock);
    const key = `${backend}/${kind}`;
    if (now < (this.#calmCheckedAt.get(key) ?? Number.NEGATIVE_INFINITY) + CALM_INTERVAL_MS) return true;
    this.#calmCheckedAt.set(key, now);
    return false;
  }

  async #reconcileOfRollout(tenantId: string, options: ReconcileOptions): Promise<void> {
    this.#ofRollouts += 1;
    await this.#reconcile(tenantId, options).finally(() => {
      this.#ofRollouts -= 1;
    });
  }

  async #reconcile(tenantId: string, options: ReconcileOptions): Promise<boolean> {
    const { reconciler, logger } = this.#options;
    if (this.#working.has(tenantId)) return false;
    this.#working.add(tenantId);
    try {
      const isTaken = await reconciler.reconcile(tenantId, options);
      this.#skippedTenants.remove(tenantId);
      return isTaken;
    } catch (error) {
      const isNew = this.#skippedTenants.add(tenantId);
      const fields = { component: 'sweeper', tenant_id: tenantId, error: messageOf(error) };
      // A damaged item stays damaged until an operator mends it, so it is reported once.
      if (!(error instanceof UnreadableItemError)) logger.error('reconciliation failed', fields);
      else if (isNew) logger.error('tenant skipped: its item is not readable', fields);
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
