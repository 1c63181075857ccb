import { type Clock, systemClock } from '../clock.ts';
import { readRates } from '../store/read-item.ts';
import { ConditionFailedError, type Table } from '../store/table.ts';
import {
  firstRate,
  grantSlots,
  isInForce,
  isOpen,
  isUnsettled,
  openSlots,
  type Slot,
  slowDown,
  withoutFuture,
} from './rate.ts';
import type { CallKind, Rate, Rates } from './rates.ts';

export interface RateLimiterOptions {
  table: Table;
  clock?: Clock | undefined;
}

const MAX_WRITE_TRIES = 5;
/** How long the rates that were read count as fresh, where they say that other calls are first. Milliseconds. */
const FRESH_MS = 2_000;

/**
 * Keeps calls to a backend at the rate that it takes, without knowing its limit. Each backend has one small item in the
 * table, through which all instances share one schedule: slots are granted in batches, each by one conditional write. Until
 * a backend throttles for the first time there is no item, and nothing is read or written.
 *
 * The item is in the index of unfinished work, before all tenants: a sweep, which reads that index anyway, finds it there.
 */
export class RateLimiter {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #known = new Map<string, Rates & { readAt: number }>();

  constructor({ table, clock = systemClock }: RateLimiterOptions) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Takes over what a sweep read of a backend in the index, unless this instance knows a newer version. */
  learn(backend: string, rates: Rates): void {
    if (rates.version >= (this.#known.get(backend)?.version ?? 0)) this.#know(backend, rates);
  }

  /** Returns the backends that ever throttled, with the kinds of calls that they throttled. */
  known(): { backend: string; kind: CallKind }[] {
    return [...this.#known].flatMap(([backend, { kinds }]) =>
      Object.keys(kinds).map((kind) => ({ backend, kind: kind as CallKind })),
    );
  }

  /** Returns true where calls of that kind need a slot, as far as this instance knows. */
  isLimited(backend: string, kind: CallKind): boolean {
    const rate = this.#rate(backend, kind);
    return rate !== undefined && isInForce(rate, this.#clock.now());
  }

  /** Returns true where calls need no slot, or the next batch of slots may be granted. */
  isOpen(backend: string, kind: CallKind): boolean {
    const rate = this.#rate(backend, kind);
    const now = this.#clock.now();
    return rate === undefined || !isInForce(rate, now) || isOpen(rate, now);
  }

  /** Returns about how many slots could be granted now. */
  openSlots(backend: string, kind: CallKind): number {
    const rate = this.#rate(backend, kind);
    return rate ? openSlots(rate, this.#clock.now()) : 0;
  }

  /**
   * Returns a slot for one call that can wait up to `ms` milliseconds; where nothing is limited, a slot for now. Returns
   * undefined where other calls are first: then the tenant has to queue.
   */
  async slotWithin(backend: string, kind: CallKind, ms: number): Promise<Slot | undefined> {
    const now = this.#clock.now();
    if (!this.isLimited(backend, kind)) return { at: now };
    const known = this.#known.get(backend);
    const next = this.#rate(backend, kind)?.next_at ?? now;
    if (known && next > now + ms && known.readAt > now - FRESH_MS) return undefined;
    const [slot] = await this.takeSlots(backend, kind, { wanted: 1, until: now + ms });
    return slot;
  }

  /** Returns up to `wanted` slots for calls of that kind, none later than `until` (epoch milliseconds). */
  async takeSlots(
    backend: string,
    kind: CallKind,
    { wanted, until }: { wanted: number; until?: number | undefined },
  ): Promise<Slot[]> {
    if (!this.isLimited(backend, kind)) return Array.from({ length: wanted }, () => ({ at: this.#clock.now() }));
    let slots: Slot[] = [];
    await this.#update(backend, kind, (rate = firstRate(this.#clock.now())) => {
      const granted = grantSlots(rate, { wanted, now: this.#clock.now(), until });
      slots = granted.slots;
      return slots.length > 0 ? granted.rate : rate;
    });
    return slots;
  }

  /**
   * Lowers the rate after a call was throttled. Destroys share some limits with changes. So while the rate of changes is
   * not settled, a throttled destroy tells nothing about the rate of destroys and lowers nothing.
   */
  async reportThrottled(backend: string, kind: CallKind, slot: Slot): Promise<void> {
    const now = this.#clock.now();
    await this.#update(backend, kind, (rate, { change }) => {
      if (kind === 'destroy' && change && isUnsettled(change, now)) return rate;
      return rate ? slowDown(rate, slot, now) : firstRate(now);
    });
  }

  /** Writes the rate that `update` returns. Where another instance wrote first, applies `update` to what that one wrote. */
  async #update(
    backend: string,
    kind: CallKind,
    update: (rate: Rate | undefined, kinds: Rates['kinds']) => Rate | undefined,
  ): Promise<void> {
    for (let tries = 0; tries < MAX_WRITE_TRIES; tries += 1) {
      const { version, kinds } = this.#known.get(backend) ?? (await this.#read(backend));
      const before = kinds[kind] && withoutFuture(kinds[kind], this.#clock.now());
      const updated = update(before, kinds);
      if (updated === before) return;
      const next = { version: version + 1, kinds: { ...kinds, [kind]: updated } };
      try {
        await this.#table.put(itemOf(backend, next), version === 0 ? 'absent' : version);
        return this.#know(backend, next);
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
        await this.#read(backend);
      }
    }
  }

  async #read(backend: string): Promise<Rates> {
    const item = await this.#table.get(`pace#${backend}`, backend);
    const rates = item ? readRates(item) : { version: 0, kinds: {} };
    this.#know(backend, rates);
    return rates;
  }

  #rate(backend: string, kind: CallKind): Rate | undefined {
    const rate = this.#known.get(backend)?.kinds[kind];
    return rate && withoutFuture(rate, this.#clock.now());
  }

  #know(backend: string, rates: Rates): void {
    this.#known.set(backend, { ...rates, readAt: this.#clock.now() });
  }
}

/** An index shows an item without its data, so the rates are in the summary too. */
function itemOf(backend: string, rates: Rates) {
  const data = JSON.stringify(rates);
  return {
    pk: `pace#${backend}`,
    sk: backend,
    data,
    version: rates.version,
    work: 'work',
    work_at: '0',
    summary: data,
  };
}
