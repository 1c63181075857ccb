import { type Clock, systemClock } from '../clock.ts';
import { readRates } from '../store/read-item.ts';
import { ConditionFailedError, type Table } from '../store/table.ts';
import { firstRate, give, isInForce, isOpen, isUnsettled, openSlots, type Slot, slowDown } from './rate.ts';
import type { CallKind, Rate, Rates } from './rates.ts';

export interface RateLimiterOptions {
  table: Table;
  clock?: Clock | undefined;
}

const TRIES = 5;
/** How long what was read of the table is good for where the answer is that others are before us. Milliseconds. */
const FRESH = 2_000;

/**
 * Keeps calls to a backend at the rate that it takes, which nobody told us. Instances share what they learn through one
 * small item for each backend: turns are taken in lots, each lot by one conditional write, so all instances together keep
 * one schedule. Until a backend throttles for the first time there is no item, and nothing is read or written.
 *
 * The item is in the index of unfinished work, before everything else: so a sweep, which reads that anyhow, knows.
 */
export class RateLimiter {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #known = new Map<string, Rates & { readAt: number }>();

  constructor({ table, clock = systemClock }: RateLimiterOptions) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Takes note of what a sweep saw of a backend in the index. */
  note(backend: string, rates: Rates): void {
    if (rates.version >= (this.#known.get(backend)?.version ?? 0)) this.#know(backend, rates);
  }

  /** The backends that ever throttled, and the kinds of their calls that did. */
  known(): { backend: string; kind: CallKind }[] {
    return [...this.#known].flatMap(([backend, { kinds }]) =>
      Object.keys(kinds).map((kind) => ({ backend, kind: kind as CallKind })),
    );
  }

  /** Whether calls of that kind have to wait for turns, as far as this instance knows. */
  isLimited(backend: string, kind: CallKind): boolean {
    const pace = this.#known.get(backend)?.kinds[kind];
    return pace !== undefined && isInForce(pace, this.#clock.now());
  }

  /** Whether it is worth asking for turns of that kind. */
  isOpen(backend: string, kind: CallKind): boolean {
    const pace = this.#known.get(backend)?.kinds[kind];
    const now = this.#clock.now();
    return pace === undefined || !isInForce(pace, now) || isOpen(pace, now);
  }

  /** How many turns there are to take, about. */
  openSlots(backend: string, kind: CallKind): number {
    const pace = this.#known.get(backend)?.kinds[kind];
    return pace ? openSlots(pace, this.#clock.now()) : 0;
  }

  /**
   * The turn of one call that can wait for so many milliseconds: at once, where nothing is paced. Nothing where others are
   * before it: then it has to stand in line.
   */
  async turn(backend: string, kind: CallKind, within: number): Promise<Slot | undefined> {
    const now = this.#clock.now();
    if (!this.isLimited(backend, kind)) return { at: now };
    const known = this.#known.get(backend);
    const next = known?.kinds[kind]?.next_at ?? now;
    if (known && next > now + within && known.readAt > now - FRESH) return undefined;
    const [turn] = await this.take(backend, kind, { wanted: 1, until: now + within });
    return turn;
  }

  /** Takes turns for calls of that kind, none later than `until`: as many as are wanted, or as there are. */
  async take(
    backend: string,
    kind: CallKind,
    { wanted, until }: { wanted: number; until?: number | undefined },
  ): Promise<Slot[]> {
    let taken: Slot[] = [];
    if (!this.isLimited(backend, kind)) return Array.from({ length: wanted }, () => ({ at: this.#clock.now() }));
    await this.#change(backend, kind, (pace = firstRate(this.#clock.now())) => {
      const given = give(pace, { wanted, now: this.#clock.now(), until });
      taken = given.turns;
      return taken.length > 0 ? given.pace : pace;
    });
    return taken;
  }

  /** A call was throttled, in spite of its turn or for want of one. */
  async throttled(backend: string, kind: CallKind, turn: Slot): Promise<void> {
    const now = this.#clock.now();
    await this.#change(backend, kind, (pace, { change }) => {
      if (kind === 'destroy' && change && isUnsettled(change, now)) return pace;
      return pace ? slowDown(pace, turn, now) : firstRate(now);
    });
  }

  /** Writes what `change` makes of what is known, and if somebody else was first, of what that one wrote. */
  async #change(
    backend: string,
    kind: CallKind,
    change: (pace: Rate | undefined, kinds: Rates['kinds']) => Rate | undefined,
  ): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { version, kinds } = this.#known.get(backend) ?? (await this.#read(backend));
      const changed = change(kinds[kind], kinds);
      if (changed === kinds[kind]) return;
      const next = { version: version + 1, kinds: { ...kinds, [kind]: changed } };
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
    const rates = item ? await readRates(item.data) : { version: 0, kinds: {} };
    this.#know(backend, rates);
    return rates;
  }

  #know(backend: string, rates: Rates): void {
    this.#known.set(backend, { ...rates, readAt: this.#clock.now() });
  }
}

/** An index shows an item without its data; so what is to be seen there is in the summary as well. */
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
