import { type Call, type Fault, faults } from './faults.ts';
import type { Random } from './random.ts';

/** The conditions of a run: whether calls fail, and how long they take. */
export interface WeatherOptions {
  /** Calls fail at random. */
  faulty: boolean;
  /** Returns the number of the fault of a call, where that is not left to chance. */
  plan?: ((call: Call) => string | undefined) | undefined;
  /** Calls may take longer than a lease, and processes are suspended for as long. */
  slow: boolean;
}

export const calm: WeatherOptions = { faulty: false, slow: false };
export const rough: WeatherOptions = { faulty: true, slow: true };

const HOUR = 3_600_000;
const JUMPS = [HOUR, -HOUR, 24 * HOUR, -24 * HOUR, 0] as const;

/** The share of calls that fail. Rare calls fail more often. */
const rates: Record<Call['what'], number> = {
  get: 0.03,
  put: 0.06,
  overwrite: 0.06,
  remove: 0.06,
  query: 0.03,
  provision: 0.25,
  update: 0.25,
  destroy: 0.25,
  stop: 0.25,
  approve: 0.25,
  status: 0.08,
  glance: 0.08,
  validate: 0.03,
  list: 0.1,
  announce: 0.15,
  acknowledge: 0,
};

/** Decides from a seed how long calls take and which of them fail. */
export class Weather {
  /** How often each fault happened, by its number. */
  readonly struck = new Map<string, number>();
  readonly #random: Random;
  #options: WeatherOptions;
  #outageUntil = 0;

  constructor(random: Random, options: WeatherOptions) {
    this.#random = random;
    this.#options = options;
  }

  get isSlow(): boolean {
    return this.#options.slow;
  }

  get isFaulty(): boolean {
    return this.#options.faulty;
  }

  /** Returns how far off the clock of a process is from now on, in milliseconds: mostly undefined, for no change (F107). */
  jump(): number | undefined {
    if (!this.#options.faulty || !this.#random.chance(0.01)) return undefined;
    this.count('F107');
    return this.#random.pick(JUMPS);
  }

  /** Every call of a provider fails from now on, until a time of the simulation (F105). */
  beginOutage(until: number): void {
    this.#outageUntil = until;
    this.count('F105');
  }

  /** Returns true while a provider is down. */
  isDown({ to }: Call, now: number): boolean {
    return to === 'provider' && now < this.#outageUntil;
  }

  clear(): void {
    this.#options = calm;
  }

  /** Returns the latency of a request or of an answer, in milliseconds. */
  latency(): number {
    if (!this.#options.slow) return 1 + this.#random.below(3);
    if (this.#random.chance(0.01)) return 5_000 + this.#random.below(20_000);
    return this.#random.chance(0.1) ? this.#random.below(2_000) : 1 + this.#random.below(40);
  }

  /** Returns how long a process is suspended now, in milliseconds: mostly 0. */
  pause(): number {
    return this.#options.slow && this.#random.chance(0.01) ? this.#random.below(40_000) : 0;
  }

  /** Returns true where a read of an index gets an old answer (F52). */
  isStale(): boolean {
    const stale = this.#options.faulty && this.#random.chance(0.2);
    if (stale) this.count('F52');
    return stale;
  }

  /** Returns the fault of a call, or undefined where it does not fail. */
  faultOf(call: Call): Fault | undefined {
    const { faulty, plan } = this.#options;
    const planned = plan?.(call);
    if (planned === undefined && !(faulty && this.#random.chance(rates[call.what]))) return undefined;
    const possible = faults.filter((fault) => (planned ? fault.number === planned : fault.affects(call)));
    const fault = possible[this.#random.below(possible.length)];
    if (fault) this.count(fault.number);
    return fault;
  }

  /** Counts a fault that happened. */
  count(number: string): void {
    this.struck.set(number, (this.struck.get(number) ?? 0) + 1);
  }
}
