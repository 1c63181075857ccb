import * as z from 'zod';
import { firstPace, give, isInForce, isOpen, openTurns, Pace, slowDown, type Turn } from './pace.ts';
import { type Clock, systemClock } from './ports.ts';
import { ConditionFailedError, type Table } from './table.ts';

/** Kinds of calls that are paced each by itself. A provider's backend mostly limits them apart, and none holds another up. */
export const CallKind = z.enum(['change', 'destroy', 'look']);
export type CallKind = z.infer<typeof CallKind>;

/** What is known of the calls to one provider: only of kinds that were ever throttled. */
export const Paces = z.object({ version: z.int(), kinds: z.partialRecord(CallKind, Pace) });
export type Paces = z.infer<typeof Paces>;

export interface PacerOptions {
  table: Table;
  clock?: Clock | undefined;
}

const TRIES = 5;
/** How long what was read of the table is good for where the answer is that others are before us. Milliseconds. */
const FRESH = 2_000;

/**
 * Keeps calls to a provider at the rate that it takes, which nobody told us. Instances share what they learn through one
 * small item for each provider: turns are taken in lots, each lot by one conditional write, so all instances together keep
 * one schedule. Until a provider throttles for the first time there is no item, and nothing is read or written.
 *
 * The item is in the index of unfinished work, before everything else: so a sweep, which reads that anyhow, knows.
 */
export class Pacer {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #known = new Map<string, Paces & { readAt: number }>();

  constructor({ table, clock = systemClock }: PacerOptions) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Takes note of what a sweep saw of a provider in the index. */
  note(provider: string, paces: Paces): void {
    if (paces.version >= (this.#known.get(provider)?.version ?? 0)) this.#know(provider, paces);
  }

  /** The providers that ever throttled, and the kinds of their calls that did. */
  known(): { provider: string; kind: CallKind }[] {
    return [...this.#known].flatMap(([provider, { kinds }]) =>
      Object.keys(kinds).map((kind) => ({ provider, kind: kind as CallKind })),
    );
  }

  /** Whether calls of that kind have to wait for turns, as far as this instance knows. */
  isPaced(provider: string, kind: CallKind): boolean {
    const pace = this.#known.get(provider)?.kinds[kind];
    return pace !== undefined && isInForce(pace, this.#clock.now());
  }

  /** Whether it is worth asking for turns of that kind. */
  isOpen(provider: string, kind: CallKind): boolean {
    const pace = this.#known.get(provider)?.kinds[kind];
    const now = this.#clock.now();
    return pace === undefined || !isInForce(pace, now) || isOpen(pace, now);
  }

  /** How many turns there are to take, about. */
  openTurns(provider: string, kind: CallKind): number {
    const pace = this.#known.get(provider)?.kinds[kind];
    return pace ? openTurns(pace, this.#clock.now()) : 0;
  }

  /**
   * The turn of one call that can wait for so many milliseconds: at once, where nothing is paced. Nothing where others are
   * before it: then it has to stand in line.
   */
  async turn(provider: string, kind: CallKind, within: number): Promise<Turn | undefined> {
    const now = this.#clock.now();
    if (!this.isPaced(provider, kind)) return { at: now };
    const known = this.#known.get(provider);
    const next = known?.kinds[kind]?.next_at ?? now;
    if (known && next > now + within && known.readAt > now - FRESH) return undefined;
    const [turn] = await this.take(provider, kind, { wanted: 1, until: now + within });
    return turn;
  }

  /** Takes turns for calls of that kind, none later than `until`: as many as are wanted, or as there are. */
  async take(
    provider: string,
    kind: CallKind,
    { wanted, until }: { wanted: number; until?: number | undefined },
  ): Promise<Turn[]> {
    let taken: Turn[] = [];
    if (!this.isPaced(provider, kind)) return Array.from({ length: wanted }, () => ({ at: this.#clock.now() }));
    await this.#change(provider, kind, (pace = firstPace(this.#clock.now())) => {
      const given = give(pace, { wanted, now: this.#clock.now(), until });
      taken = given.turns;
      return taken.length > 0 ? given.pace : pace;
    });
    return taken;
  }

  /** A call was throttled, in spite of its turn or for want of one. */
  async throttled(provider: string, kind: CallKind, turn: Turn): Promise<void> {
    const now = this.#clock.now();
    await this.#change(provider, kind, (pace) => (pace ? slowDown(pace, turn, now) : firstPace(now)));
  }

  /** Writes what `change` makes of what is known, and if somebody else was first, of what that one wrote. */
  async #change(provider: string, kind: CallKind, change: (pace: Pace | undefined) => Pace): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { version, kinds } = this.#known.get(provider) ?? (await this.#read(provider));
      const changed = change(kinds[kind]);
      if (changed === kinds[kind]) return;
      const next = { version: version + 1, kinds: { ...kinds, [kind]: changed } };
      try {
        await this.#table.put(itemOf(provider, next), version === 0 ? 'absent' : version);
        return this.#know(provider, next);
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
        await this.#read(provider);
      }
    }
  }

  async #read(provider: string): Promise<Paces> {
    const item = await this.#table.get(`pace#${provider}`, provider);
    const paces = item ? Paces.parse(JSON.parse(item.data)) : { version: 0, kinds: {} };
    this.#know(provider, paces);
    return paces;
  }

  #know(provider: string, paces: Paces): void {
    this.#known.set(provider, { ...paces, readAt: this.#clock.now() });
  }
}

/** An index shows an item without its data; so what is to be seen there is in the summary as well. */
function itemOf(provider: string, paces: Paces) {
  const data = JSON.stringify(paces);
  return {
    pk: `pace#${provider}`,
    sk: provider,
    data,
    version: paces.version,
    work: 'work',
    work_at: '0',
    summary: data,
  };
}
