import { ComputeError } from '../../../src/compute/errors.ts';
import type { Counts } from '../../../src/tenants/sweep/inventory.ts';
import { type CapturedLogger, createCapturedLogger } from '../../support/captured-logger.ts';
import { startChangeFeed } from '../simulation/change-feed.ts';
import type { Call } from '../simulation/faults.ts';
import { type Host, type HostOptions, startHost } from '../simulation/host.ts';
import { calm, type WeatherOptions } from '../simulation/weather.ts';
import { World, type WorldOptions } from '../simulation/world.ts';

type TrialOptions = Omit<HostOptions, 'logger'> & Partial<WorldOptions>;

/** The ids of an inventory, by what they count as. */
export type Taken = Record<keyof Counts, string[]>;

/** A world in which nothing goes wrong by itself, and one process in it. */
export interface Trial extends Host {
  world: World;
  logger: CapturedLogger;
  sleep(ms: number): Promise<void>;
  /** Another process of the same world. */
  another(options?: Omit<HostOptions, 'logger'>): Host;
  /** All that was announced, once nothing is left to be. Nothing is announced before the first time that one asks. */
  announced(): Promise<{ operation_id: string | undefined; detail_type: string }[]>;
  /** Takes a whole inventory of a provider, whether it is time or not; throws what kept it from a tenant. */
  take(provider: string): Promise<Taken>;
  /** Sweeps every second, for so many seconds. */
  sweepFor(seconds: number): Promise<void>;
}

/** A test in virtual time. */
export function inWorld(
  scenario: (trial: Trial) => Promise<void>,
  { seed = 1, weather = calm, crashes, strict, ...hostOptions }: TrialOptions = {},
): () => Promise<void> {
  return async () => {
    const world = new World({ seed, weather, crashes, strict });
    const logger = createCapturedLogger();
    const host = startHost(world, { logger, ...hostOptions });
    const sleep = (ms: number) => world.timeline.sleep(ms);
    let isFed = false;
    const trial: Trial = {
      ...host,
      world,
      logger,
      sleep,
      another: (options) => startHost(world, { logger, ...options }),
      async announced() {
        if (!isFed) startChangeFeed(world, logger);
        isFed = true;
        while (world.stream.changes.length > 0) await sleep(100);
        return world.announced.map(({ detail_type, detail }) => {
          return { operation_id: detail.metadata.operation_id, detail_type };
        });
      },
      async take(provider) {
        const taken: Taken = { held: [], failed: [], orphans: [], removed: [], healed: [] };
        for await (const { tenant_id, countsAs, error } of host.inventory.walk(provider)) {
          if (error) throw error;
          for (const kind of countsAs) taken[kind].push(tenant_id);
        }
        return taken;
      },
      async sweepFor(seconds) {
        for (let second = 0; second < seconds; second += 1) {
          await host.sweeper.sweep({ waitMs: 0 });
          await sleep(1_000);
        }
      },
    };
    await world.timeline.run(scenario(trial));
  };
}

/** Weather in which some of the calls that match fail: so many, after so many that do not. */
export function failing(
  fault: string,
  matches: (call: Call) => boolean,
  { after = 0, times = 1 }: { after?: number; times?: number } = {},
): WeatherOptions {
  let met = 0;
  const plan = (call: Call) => {
    if (!matches(call)) return undefined;
    met += 1;
    return met > after && met <= after + times ? fault : undefined;
  };
  return { ...calm, plan };
}

/** The code that a call is refused with; undefined if it is not. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ComputeError) return error.code;
    throw error;
  }
}
