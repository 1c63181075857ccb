import { ComputeError } from '../../../src/compute/errors.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';
import { inspect } from './environment/invariants.ts';
import type { Violation } from './environment/ledger.ts';
import type { Sabotage } from './environment/sabotage.ts';
import { type Crash, type CrashReport, Simulation } from './environment/simulation.ts';
import { Client } from './programs/client.ts';
import { Fleet } from './programs/fleet.ts';
import { WATCH_EVERY_MS } from './programs/host.ts';
import { type Interference, interfere } from './programs/interference.ts';
import type { Program, Step } from './programs/program.ts';
import { hasRollouts } from './programs/rollout-steps.ts';
import { providers } from './programs/specs.ts';
import { digestOf, rest, tenantsOf } from './rest.ts';

export interface RunOptions {
  seed: number;
  crashes?: readonly Crash[] | undefined;
  sabotage?: Sabotage | undefined;
  interference?: Interference | undefined;
}

export interface Report {
  violations: readonly Violation[];
  /** All requests, in their order. */
  requests: readonly string[];
  /** The number of requests when all clients were done. */
  busy: number;
  operations: number;
  rollouts: number;
  crashed: readonly CrashReport[];
  struck: ReadonlyMap<string, number>;
  /** The end state, without what may differ between two runs with equal ends. */
  digest: string;
}

/** Runs a program in a new simulation until no work is due, and inspects the end state. */
export async function simulate(
  program: Program,
  { seed, crashes, sabotage, interference }: RunOptions,
): Promise<Report> {
  const strict = program.owned && !program.weather.slow;
  const simulation = new Simulation({ seed, weather: program.weather, crashes, strict, sabotage });
  const logger = createCapturedLogger();
  const fleet = new Fleet(simulation, program, logger);
  simulation.interlude = async (request) => {
    if (request === interference?.at) await interfere(fleet.spare(), interference);
  };
  const clients = program.clients.map((_, number) => new Client(simulation, fleet, number, program));
  const busy = await simulation.timeline.run(live(simulation, program, clients));
  inspect(simulation, program, clients, logger);
  if (!hasRollouts(program)) await simulation.timeline.run(rollBack(simulation, clients[0]));
  return {
    violations: simulation.ledger.violations,
    requests: simulation.calls.map(({ label }) => label),
    busy,
    operations: simulation.ledger.accepted.size,
    rollouts: simulation.ledger.rolloutLedger.latest.size,
    crashed: simulation.crashed,
    struck: simulation.weather.struck,
    digest: digestOf(simulation),
  };
}

/** Runs the clients, then two inventories, each until no work is due. Returns the number of requests of the clients. */
async function live(simulation: Simulation, program: Program, clients: readonly Client[]): Promise<number> {
  await Promise.all(clients.map((client, number) => client.run(program.clients[number] ?? [])));
  const busy = simulation.calls.length;
  // Where clients contradict each other, a late call may leave something for the inventory to find.
  const isClear = program.owned || !hasRollouts(program);
  const isCalm = isClear && !program.weather.faulty && !program.clients.flat().some(isByHand);
  simulation.weather.clear();
  await rest(simulation);
  for (let round = 0; round < 2; round += 1) {
    for (const provider of providers) {
      const { orphans = 0, healed = 0 } = (await clients[0]?.takeInventory(provider)) ?? {};
      if (isCalm && orphans + healed > 0) {
        simulation.ledger.record('leaked', `the inventory healed ${healed} tenants and found ${orphans} orphans`);
      }
    }
    await rest(simulation);
  }
  // The bound within which health has to be what it is: an outage of the limits, a few rounds, a hold, and the quiet after
  // a crash loop.
  await simulation.timeline.sleep(10 * WATCH_EVERY_MS);
  await rest(simulation);
  return busy;
}

/** Without steps by hand an inventory has nothing to correct. */
function isByHand({ do: what }: Step): boolean {
  return ['vanish', 'plant', 'empty_table', 'damage', 'outage'].includes(what);
}

/** Rolls every living tenant back to each of its revisions. */
async function rollBack(simulation: Simulation, client: Client | undefined): Promise<void> {
  for (const { tenant_id, phase } of tenantsOf(simulation)) {
    if (phase !== 'ready' || !client) continue;
    const revisions = await client.insist(({ tenants }) => tenants.revisions(tenant_id));
    if (revisions instanceof ComputeError) throw revisions;
    for (const { revision, spec_hash } of revisions) {
      const caller = { actor: 'inspector' };
      const outcome = await client.insist(({ tenants }) => tenants.rollback(tenant_id, revision, caller));
      await rest(simulation);
      const tenant = await client.insist(({ tenants }) => tenants.get(tenant_id));
      if (outcome instanceof ComputeError || tenant instanceof ComputeError || tenant.desired.spec_hash !== spec_hash) {
        simulation.ledger.record('lost', `${tenant_id} cannot be rolled back to revision ${revision}`);
      }
    }
  }
}
