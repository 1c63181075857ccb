import type { CapturedLogger } from '../../support/captured-logger.ts';
import { startChangeFeed } from './change-feed.ts';
import { type Host, startHost } from './host.ts';
import type { Program } from './program.ts';
import type { World } from './world.ts';

const SWEEP_EVERY_MS = 5_000;
const RESTART_AFTER_MS = 1_000;

/** The processes of a run, each of them started again whenever it was killed; all but the one that announces sweep now and then. */
export class Fleet {
  readonly #world: World;
  readonly #program: Program;
  readonly #logger: CapturedLogger;
  readonly #slots: Host[] = [];

  constructor(world: World, program: Program, logger: CapturedLogger) {
    this.#world = world;
    this.#program = program;
    this.#logger = logger;
    for (const slot of program.skewsMs.keys()) this.#start(slot);
    startChangeFeed(world, logger);
  }

  /** The living process of a slot; there are as many slots as wanted, and they share the processes there are. */
  async host(slot: number): Promise<Host> {
    for (;;) {
      const host = this.#slots[slot % this.#slots.length];
      if (host?.process.isAlive) return host;
      await this.#world.timeline.sleep(100);
    }
  }

  /** A process for one request only, as a function that is run on demand. It does not sweep. */
  spare(): Host {
    return startHost(this.#world, { logger: this.#logger });
  }

  #start(slot: number): void {
    const { skewsMs } = this.#program;
    const host = startHost(this.#world, { logger: this.#logger, skewMs: skewsMs[slot] });
    this.#slots[slot] = host;
    if (skewsMs[slot]) this.#world.weather.note('F45');
    void sweepForever(host, () => this.#world.weather.note('F44'));
    void host.process.died.then(() => this.#world.timeline.after(RESTART_AFTER_MS, () => this.#start(slot)));
  }
}

/** Without waiting for the last sweep to end, so that sweeps run over themselves (F44). */
async function sweepForever({ process, sweeper }: Host, overlaps: () => void): Promise<never> {
  const options = { signal: process.timeUp.signal, patience: 2_000 };
  let running = 0;
  const sweep = async () => {
    if (running > 0) overlaps();
    running += 1;
    await sweeper.sweep(options).catch(() => undefined); // the table could not be asked: the next sweep asks again
    running -= 1;
  };
  for (;;) {
    await process.clock.sleep(SWEEP_EVERY_MS);
    void sweep();
  }
}
