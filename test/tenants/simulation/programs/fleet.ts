import type { CapturedLogger } from '../../../support/captured-logger.ts';
import type { Simulation } from '../environment/simulation.ts';
import { startChangeFeed } from './change-feed.ts';
import { type Host, startHost } from './host.ts';
import type { Program } from './program.ts';
import { hasRollouts } from './rollout-steps.ts';
import { providers } from './specs.ts';

const SWEEP_EVERY_MS = 5_000;
const ROLLOUT_SWEEP_EVERY_MS = 2_000;
const WATCH_CHECK_EVERY_MS = 7_500;
const RESTART_AFTER_MS = 1_000;

/** The processes of a run. Each restarts when it was killed, and sweeps at intervals. One more process announces. */
export class Fleet {
  readonly #simulation: Simulation;
  readonly #program: Program;
  readonly #logger: CapturedLogger;
  readonly #slots: Host[] = [];

  constructor(simulation: Simulation, program: Program, logger: CapturedLogger) {
    this.#simulation = simulation;
    this.#program = program;
    this.#logger = logger;
    for (const slot of program.skewsMs.keys()) this.#start(slot);
    startChangeFeed(simulation, logger);
  }

  /** Returns the living process of a slot. Slots share the processes. */
  async host(slot: number): Promise<Host> {
    for (;;) {
      const host = this.#slots[slot % this.#slots.length];
      if (host?.process.isAlive) return host;
      await this.#simulation.timeline.sleep(100);
    }
  }

  /** Kills every process. Each restarts. */
  killAll(): void {
    for (const { process } of this.#slots) process.kill();
  }

  /** Starts a process for one request, which does not sweep. */
  spare(): Host {
    return startHost(this.#simulation, { logger: this.#logger });
  }

  #start(slot: number): void {
    const { skewsMs } = this.#program;
    const host = startHost(this.#simulation, { logger: this.#logger, skewMs: skewsMs[slot] });
    this.#slots[slot] = host;
    if (skewsMs[slot]) this.#simulation.weather.count('F45');
    void sweepForever(host, () => this.#simulation.weather.count('F44'));
    void watchForever(host);
    if (hasRollouts(this.#program)) void workOnRollouts(host);
    void host.process.died.then(() => this.#simulation.timeline.after(RESTART_AFTER_MS, () => this.#start(slot)));
  }
}

/** Looks at all tenants round after round. No event of a backend ever tells it anything (F123). */
async function watchForever({ process, watchSchedule }: Host): Promise<never> {
  for (;;) {
    await process.clock.sleep(WATCH_CHECK_EVERY_MS);
    for (const provider of providers) {
      await watchSchedule.runIfDue(provider, process.timeUp.signal).catch(() => undefined); // the next round tries again
    }
  }
}

/** Starts sweeps without waiting for the earlier ones, so that they overlap (F44). */
async function sweepForever({ process, sweeper }: Host, overlaps: () => void): Promise<never> {
  const options = { signal: process.timeUp.signal, waitMs: 2_000 };
  let running = 0;
  const sweep = async () => {
    if (running > 0) overlaps();
    running += 1;
    await sweeper.sweep(options).catch(() => undefined); // the table failed; the next sweep tries again
    running -= 1;
  };
  for (;;) {
    await process.clock.sleep(SWEEP_EVERY_MS);
    void sweep();
  }
}

/** Looks for rollouts without waiting for those that it works on. */
async function workOnRollouts({ process, rolloutSweeper }: Host): Promise<never> {
  for (;;) {
    await process.clock.sleep(ROLLOUT_SWEEP_EVERY_MS);
    void rolloutSweeper.sweep({ signal: process.timeUp.signal }).catch(() => undefined); // the next sweep tries again
  }
}
