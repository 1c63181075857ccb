import { ComputeError } from '../../../src/compute/errors.ts';
import { loadSpecSchema } from '../../../src/compute/spec/check-spec.ts';
import type { Counts } from '../../../src/tenants/sweep/inventory.ts';
import '../../../src/compute/spec/validate.ts'; // loaded on demand, which virtual time does not wait for
import { type CapturedLogger, createCapturedLogger } from '../../support/captured-logger.ts';
import type { Call } from '../simulation/environment/faults.ts';
import { Simulation, type SimulationOptions } from '../simulation/environment/simulation.ts';
import { calm, type WeatherOptions } from '../simulation/environment/weather.ts';
import { startChangeFeed } from '../simulation/programs/change-feed.ts';
import { type Host, type HostOptions, startHost } from '../simulation/programs/host.ts';

// Virtual time does not wait for a file that is loaded on demand.
await loadSpecSchema();

type TrialOptions = Omit<HostOptions, 'logger'> & Partial<SimulationOptions>;

/** The ids that an inventory examined, by what they count as. */
export type Taken = Record<Exclude<keyof Counts, 'moved'>, string[]> & { moved?: string[] };

/** A simulation in which nothing fails by itself, and one process in it. */
export interface Trial extends Host {
  simulation: Simulation;
  logger: CapturedLogger;
  sleep(ms: number): Promise<void>;
  /** Starts another process of the same simulation. */
  another(options?: Omit<HostOptions, 'logger'>): Host;
  /** Returns all announcements once all changes are delivered. The first call starts the change feed. */
  announced(): Promise<{ operation_id: string | undefined; detail_type: string }[]>;
  /** Runs a whole inventory of a provider, due or not. Throws the first error of a finding. */
  inventoryOf(provider: string): Promise<Taken>;
  /** Sweeps every second, for that many seconds. */
  sweepFor(seconds: number): Promise<void>;
}

/** Returns a test that runs a scenario in virtual time. */
export function inSimulation(
  scenario: (trial: Trial) => Promise<void>,
  { seed = 1, weather = calm, crashes, strict, ...hostOptions }: TrialOptions = {},
): () => Promise<void> {
  return async () => {
    const simulation = new Simulation({ seed, weather, crashes, strict });
    const logger = createCapturedLogger();
    const host = startHost(simulation, { logger, ...hostOptions });
    const sleep = (ms: number) => simulation.timeline.sleep(ms);
    let isFed = false;
    const trial: Trial = {
      ...host,
      simulation,
      logger,
      sleep,
      another: (options) => startHost(simulation, { logger, ...options }),
      async announced() {
        if (!isFed) startChangeFeed(simulation, logger);
        isFed = true;
        while (simulation.stream.changes.length > 0) await sleep(100);
        return simulation.announced.map(({ detail_type, detail }) => {
          return { operation_id: detail.metadata.operation_id, detail_type };
        });
      },
      async inventoryOf(provider) {
        const taken: Taken = {
          held: [],
          failed: [],
          orphans: [],
          unowned: [],
          foreign: [],
          removed: [],
          healed: [],
        };
        for await (const { tenant_id, countsAs, error } of host.inventory.walk(provider)) {
          if (error) throw error;
          for (const kind of countsAs) taken[kind] = [...(taken[kind] ?? []), tenant_id];
        }
        const orphans = async () => (await Array.fromAsync(host.store.orphansOf(provider))).map((one) => one.tenant_id);
        const before = await orphans();
        const census = Object.fromEntries(Object.entries(taken).map(([kind, ids]) => [kind, ids.length]));
        const { errors } = await host.inventory.removeDue(provider, census as Record<keyof Counts, number>);
        if (errors.length > 0) throw errors[0];
        const after = await orphans();
        taken.removed = before.filter((id) => !after.includes(id));
        return taken;
      },
      async sweepFor(seconds) {
        for (let second = 0; second < seconds; second += 1) {
          await host.sweeper.sweep({ waitMs: 0 });
          await sleep(1_000);
        }
      },
    };
    await simulation.timeline.run(scenario(trial));
  };
}

/** Returns weather in which `times` of the matching calls fail, after the first `after` of them. */
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

/** Returns the error code of a refused call, or undefined where it succeeds. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ComputeError) return error.code;
    throw error;
  }
}
