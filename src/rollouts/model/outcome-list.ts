import type { Outcome } from './rollout.ts';

/**
 * The outcomes of all positions, as one letter each. `unrestored` is a tenant that could not be brought back: callers see
 * that it failed.
 */
const letters = {
  pending: 'p',
  updating: 'u',
  succeeded: 's',
  failed: 'f',
  skipped: 'k',
  undone: 'd',
  unrestored: 'x',
} as const satisfies Record<Outcome | 'unrestored', string>;
export type OutcomeState = keyof typeof letters;

const states = Object.keys(letters) as OutcomeState[];
const byLetter = new Map(states.map((state, code) => [letters[state], code] as [string, number]));

export type OutcomeCounts = Record<Outcome, number>;

/**
 * The outcome of each tenant of a rollout, by position. Its text gives the length of each run of equal outcomes, such as
 * `12s1f3u84p`, so 100,000 tenants usually take a few bytes of the rollout's item, and never more than half of it.
 *
 * An outcome is set and not counted up. So a step that is repeated after a crash changes no count.
 */
export class OutcomeList {
  readonly #codes: Uint8Array;

  constructor(text: string) {
    const runs = [...text.matchAll(/(\d{1,9})([a-z])/g)].map(([, length, letter = '']) => ({
      length: Number(length),
      code: byLetter.get(letter) ?? 0,
    }));
    this.#codes = new Uint8Array(runs.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const { length, code } of runs) {
      this.#codes.fill(code, at, at + length);
      at += length;
    }
  }

  static of(counts: readonly (readonly [number, OutcomeState])[]): OutcomeList {
    return new OutcomeList(counts.map(([count, state]) => `${count}${letters[state]}`).join(''));
  }

  get length(): number {
    return this.#codes.length;
  }

  at(position: number): OutcomeState {
    return states[this.#codes[position] ?? 0] ?? 'pending';
  }

  set(position: number, state: OutcomeState): void {
    this.#codes[position] = states.indexOf(state);
  }

  /** Replaces one outcome by another wherever it is. */
  replace(from: OutcomeState, to: OutcomeState): void {
    const [before, after] = [states.indexOf(from), states.indexOf(to)];
    for (let at = 0; at < this.#codes.length; at += 1) if (this.#codes[at] === before) this.#codes[at] = after;
  }

  /** Returns the first position from `from` on, before `to`, with one of these outcomes; otherwise `to`. */
  find(from: number, to: number, wanted: readonly OutcomeState[]): number {
    const codes = wanted.map((state) => states.indexOf(state));
    for (let at = from; at < to; at += 1) if (codes.includes(this.#codes[at] ?? 0)) return at;
    return to;
  }

  /** Returns how many tenants have each outcome, among the positions from `from` on, before `to`. */
  counts(from = 0, to = this.length): OutcomeCounts {
    const counts = { pending: 0, updating: 0, succeeded: 0, failed: 0, skipped: 0, undone: 0 };
    for (let at = from; at < to; at += 1) counts[shownOutcome(this.at(at))] += 1;
    return counts;
  }

  /** Returns how many tenants could not be brought back. */
  unrestored(): number {
    const code = states.indexOf('unrestored');
    return this.#codes.reduce((sum, one) => sum + (one === code ? 1 : 0), 0);
  }

  toString(): string {
    let text = '';
    for (let from = 0, to = 0; from < this.#codes.length; from = to) {
      while (to < this.#codes.length && this.#codes[to] === this.#codes[from]) to += 1;
      text += `${to - from}${letters[this.at(from)]}`;
    }
    return text;
  }
}

/** Returns an outcome as callers see it. */
export function shownOutcome(state: OutcomeState): Outcome {
  return state === 'unrestored' ? 'failed' : state;
}
