import { type Call, type Fault, faults } from './faults.ts';
import type { Random } from './random.ts';

export interface WeatherOptions {
  /** Calls go wrong. */
  faulty: boolean;
  /** What befalls a call, where it is not left to chance: the number of a fault. */
  plan?: ((call: Call) => string | undefined) | undefined;
  /** Calls may take seconds, longer than a lease at times, and processes stop for as long. */
  slow: boolean;
}

export const calm: WeatherOptions = { faulty: false, slow: false };
export const rough: WeatherOptions = { faulty: true, slow: true };

/** How many of the calls go wrong: more of those that there are fewer of. */
const rates: Record<Call['what'], number> = {
  get: 0.03,
  put: 0.06,
  overwrite: 0.06,
  remove: 0.06,
  query: 0.03,
  provision: 0.25,
  update: 0.25,
  destroy: 0.25,
  status: 0.08,
  validate: 0.03,
  list: 0.1,
  announce: 0.15,
  acknowledge: 0,
};

/** How long calls take and which of them go wrong, as a seed says. */
export class Weather {
  /** How often each fault struck, by its number. */
  readonly struck = new Map<string, number>();
  readonly #random: Random;
  #options: WeatherOptions;

  constructor(random: Random, options: WeatherOptions) {
    this.#random = random;
    this.#options = options;
  }

  get isSlow(): boolean {
    return this.#options.slow;
  }

  clear(): void {
    this.#options = calm;
  }

  /** Milliseconds for one way of a call. */
  latency(): number {
    if (!this.#options.slow) return 1 + this.#random.below(3);
    if (this.#random.chance(0.01)) return 5_000 + this.#random.below(20_000);
    return this.#random.chance(0.1) ? this.#random.below(2_000) : 1 + this.#random.below(40);
  }

  /** Milliseconds for which a process stops now: usually none. */
  pause(): number {
    return this.#options.slow && this.#random.chance(0.01) ? this.#random.below(40_000) : 0;
  }

  /** Whether a read of an index answers what was there a while ago (F52). */
  isStale(): boolean {
    const stale = this.#options.faulty && this.#random.chance(0.2);
    if (stale) this.note('F52');
    return stale;
  }

  strike(call: Call): Fault | undefined {
    const { faulty, plan } = this.#options;
    const planned = plan?.(call);
    if (planned === undefined && !(faulty && this.#random.chance(rates[call.what]))) return undefined;
    const possible = faults.filter((fault) => (planned ? fault.number === planned : fault.befalls(call)));
    const fault = possible[this.#random.below(possible.length)];
    if (fault) this.note(fault.number);
    return fault;
  }

  /** Counts a fault that struck, also one that comes from elsewhere. */
  note(number: string): void {
    this.struck.set(number, (this.struck.get(number) ?? 0) + 1);
  }
}
