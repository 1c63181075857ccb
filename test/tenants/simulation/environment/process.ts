import { ProviderFailedError, TimeoutError } from '../../../../src/compute/errors.ts';
import type { Clock } from '../../../../src/tenants/clock.ts';
import type { Call, Fault } from './faults.ts';
import type { Simulation } from './simulation.ts';

/**
 * One process: all code in it waits through it. After it is killed none of its code goes on, and requests that did not take
 * effect yet never do, except those of late faults.
 */
export class Process {
  /** The clock of the process, which may be wrong. */
  readonly clock: Clock;
  /** Resolves when the process is killed. */
  readonly died: Promise<void>;
  /** Aborted when the time of its requests is up. */
  readonly timeUp = new AbortController();
  readonly #simulation: Simulation;
  readonly #reportDeath: () => void;
  #isAlive = true;
  #wakesAt = 0;
  /** How far its clock jumped. It is corrected when the weather clears. */
  #jumpedMs = 0;

  constructor(simulation: Simulation, skewMs = 0) {
    this.#simulation = simulation;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#reportDeath = resolve;
    this.clock = {
      now: () => simulation.timeline.now + skewMs + (simulation.weather.isFaulty ? this.#jumpedMs : 0),
      elapsed: () => simulation.timeline.now,
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

  /** Suspends the process, as closing a laptop does. */
  pause(milliseconds: number): void {
    this.#wakesAt = Math.max(this.#wakesAt, this.#simulation.timeline.now + milliseconds);
  }

  /** Makes a request. `effect` takes place in one step, unless a fault prevents that. */
  request<T>(call: Call, effect: (fault: Fault | undefined) => Promise<T>): Promise<T> {
    const { timeline, weather } = this.#simulation;
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
    const { weather } = this.#simulation;
    const crash = this.#simulation.begin(call, this);
    if (crash?.when === 'before') return this.#end();
    if (crash?.when === 'time up') this.#runOutOfTime(crash.grace);
    await this.#simulation.interlude?.(this.#simulation.calls.length);
    if (weather.isDown(call, this.#simulation.timeline.now)) throw new ProviderFailedError('the backend is down');
    const fault = weather.faultOf(call);
    this.pause(weather.pause());
    this.#jumpedMs = weather.jump() ?? this.#jumpedMs;
    if (fault?.effect === 'none') return answerOf(fault);
    if (fault?.effect === 'late') return this.#simulation.runLate(() => effect(fault));
    try {
      const answer = await effect(fault);
      return fault ? answerOf(fault) : answer;
    } finally {
      this.#simulation.end(call, this, crash);
      if (crash?.when === 'after') this.kill();
    }
  }

  #end(): Promise<never> {
    this.kill();
    return never();
  }

  /** Aborts `timeUp` and kills the process after a few more requests. */
  #runOutOfTime(grace: number): void {
    this.timeUp.abort(new TimeoutError('the request did not end in the time it was given'));
    this.#simulation.killAfter(this, grace);
  }

  #later(milliseconds: number, run: () => void): () => void {
    const { timeline } = this.#simulation;
    return timeline.after(milliseconds, () => {
      if (!this.#isAlive) return;
      if (timeline.now < this.#wakesAt) this.#later(this.#wakesAt - timeline.now, run);
      else run();
    });
  }

  #sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) reject(signal.reason);
    const cancel = this.#later(milliseconds, resolve);
    signal?.addEventListener(
      'abort',
      () => {
        cancel();
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
  return Promise.resolve(outcome.answer as T); // the wrong type is the fault
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
