import { TimeoutError } from '../../../src/compute/errors.ts';
import type { Clock } from '../../../src/tenants/clock.ts';
import type { Call, Fault } from './faults.ts';
import type { World } from './world.ts';

/**
 * One run of the program: everything in it that waits, waits through it. When it is killed nothing of it ever goes on; what
 * it had asked for and had not been done is not done. (With late faults, what it had asked for can still happen.)
 */
export class Process {
  /** Its clock, which may be wrong. */
  readonly clock: Clock;
  /** Resolves when it is killed. */
  readonly died: Promise<void>;
  /** The time there was for whatever runs in it is up. */
  readonly timeUp = new AbortController();
  readonly #world: World;
  readonly #reportDeath: () => void;
  #isAlive = true;
  #wakesAt = 0;

  constructor(world: World, skewMs = 0) {
    this.#world = world;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#reportDeath = resolve;
    this.clock = {
      now: () => world.timeline.now + skewMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  kill(): void {
    this.#isAlive = false;
    this.#reportDeath();
  }

  /** Stops, as a laptop that is closed does, and goes on after a while as if nothing had been. */
  pause(milliseconds: number): void {
    this.#wakesAt = Math.max(this.#wakesAt, this.#world.timeline.now + milliseconds);
  }

  /** Makes a request of the world outside. `effect` is done there in one step, unless the world has it otherwise. */
  request<T>(call: Call, effect: (fault: Fault | undefined) => Promise<T>): Promise<T> {
    const { timeline, weather } = this.#world;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const perform = async () => {
      if (!this.#isAlive) return;
      try {
        const answer = await this.#perform(call, effect);
        this.#later(weather.latency(), () => resolve(answer));
      } catch (error) {
        this.#later(weather.latency(), () => reject(error));
      }
    };
    timeline.after(weather.latency(), () => void perform());
    return promise;
  }

  async #perform<T>(call: Call, effect: (fault: Fault | undefined) => Promise<T>): Promise<T> {
    const { weather } = this.#world;
    const crash = this.#world.begin(call, this);
    if (crash?.when === 'before') return this.#end();
    if (crash?.when === 'time up') this.#runOutOfTime(crash.grace);
    await this.#world.interlude?.(this.#world.calls.length);
    const fault = weather.strike(call);
    this.pause(weather.pause());
    if (fault?.effect === 'none') return answerOf(fault);
    if (fault?.effect === 'late') return this.#world.happenLate(() => effect(fault));
    try {
      const answer = await effect(fault);
      return fault ? answerOf(fault) : answer;
    } finally {
      this.#world.end(call, this, crash);
      if (crash?.when === 'after') this.kill();
    }
  }

  #end(): Promise<never> {
    this.kill();
    return never();
  }

  /** All that runs is told to stop, and has a few requests left before it is stopped. */
  #runOutOfTime(grace: number): void {
    this.timeUp.abort(new TimeoutError('the request did not end in the time it was given'));
    this.#world.killAfter(this, grace);
  }

  #later(milliseconds: number, run: () => void): () => void {
    const { timeline } = this.#world;
    return timeline.after(milliseconds, () => {
      if (!this.#isAlive) return;
      if (timeline.now < this.#wakesAt) this.#later(this.#wakesAt - timeline.now, run);
      else run();
    });
  }

  #sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) reject(signal.reason);
    const callOff = this.#later(milliseconds, resolve);
    signal?.addEventListener(
      'abort',
      () => {
        callOff();
        reject(signal.reason);
      },
      { once: true },
    );
    return promise;
  }
}

function answerOf<T>({ outcome }: Fault): Promise<T> {
  if (!outcome) return never();
  if ('error' in outcome) return Promise.reject(outcome.error());
  return Promise.resolve(outcome.answer as T); // the cast is the fault: what comes from outside may be anything
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
