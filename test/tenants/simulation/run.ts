import { ComputeError } from '../../../src/compute/errors.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';
import { Client } from './client.ts';
import { Fleet } from './fleet.ts';
import { inspect } from './invariants.ts';
import type { Violation } from './ledger.ts';
import { type Meddling, meddle } from './meddling.ts';
import type { Program, Step } from './program.ts';
import { digestOf, rest, tenantsOf } from './rest.ts';
import type { Sabotage } from './sabotage.ts';
import { providers } from './specs.ts';
import { type Crash, type CrashReport, World } from './world.ts';

export interface RunOptions {
  seed: number;
  crashes?: readonly Crash[] | undefined;
  sabotage?: Sabotage | undefined;
  meddling?: Meddling | undefined;
}

export interface Report {
  violations: readonly Violation[];
  /** The requests made until all clients had their answers, and those made after. */
  requests: readonly string[];
  /** How many there were when all clients were done. */
  busy: number;
  operations: number;
  crashed: readonly CrashReport[];
  struck: ReadonlyMap<string, number>;
  /** How things ended, without anything that may differ between two runs with the same end. */
  digest: string;
}

/** Runs a program in a world of its own, until everything has come to rest, and inspects what is left. */
export async function simulate(program: Program, { seed, crashes, sabotage, meddling }: RunOptions): Promise<Report> {
  const strict = program.owned && !program.weather.slow;
  const world = new World({ seed, weather: program.weather, crashes, strict, sabotage });
  const logger = createCapturedLogger();
  const fleet = new Fleet(world, program, logger);
  world.interlude = async (request) => {
    if (request === meddling?.at) await meddle(fleet.spare(), meddling);
  };
  const clients = program.clients.map((_, number) => new Client(world, fleet, number, program));
  const busy = await world.timeline.run(live(world, program, clients));
  inspect(world, program, clients, logger);
  await world.timeline.run(rollBack(world, clients[0]));
  return {
    violations: world.ledger.violations,
    requests: world.calls.map(({ label }) => label),
    busy,
    operations: world.ledger.accepted.size,
    crashed: world.crashed,
    struck: world.weather.struck,
    digest: digestOf(world),
  };
}

/** The clients' work, then rest, then two inventories, and rest again. Answers how many requests the first part took. */
async function live(world: World, program: Program, clients: readonly Client[]): Promise<number> {
  await Promise.all(clients.map((client, number) => client.run(program.clients[number] ?? [])));
  const busy = world.calls.length;
  const isCalm = !program.weather.faulty && !program.clients.flat().some(isByHand);
  world.weather.clear();
  await rest(world);
  for (let round = 0; round < 2; round += 1) {
    for (const provider of providers) {
      const { orphans = 0, healed = 0 } = (await clients[0]?.takeStock(provider)) ?? {};
      if (isCalm && orphans + healed > 0) {
        world.ledger.record('leaked', `the inventory had to mend ${healed} tenants and found ${orphans} orphans`);
      }
    }
    await rest(world);
  }
  return busy;
}

/** What has no right to be in the way of the inventory: where nobody does anything by hand, there is nothing to mend. */
function isByHand({ do: what }: Step): boolean {
  return what === 'vanish' || what === 'plant';
}

/** Every revision of what is there can be gone back to. */
async function rollBack(world: World, client: Client | undefined): Promise<void> {
  for (const { tenant_id, phase } of tenantsOf(world)) {
    if (phase !== 'ready' || !client) continue;
    const revisions = await client.insist(({ tenants }) => tenants.revisions(tenant_id));
    if (revisions instanceof ComputeError) throw revisions;
    for (const { revision, spec_hash } of revisions) {
      const caller = { actor: 'inspector' };
      const outcome = await client.insist(({ tenants }) => tenants.rollback(tenant_id, revision, caller));
      await rest(world);
      const tenant = await client.insist(({ tenants }) => tenants.get(tenant_id));
      if (outcome instanceof ComputeError || tenant instanceof ComputeError || tenant.desired.spec_hash !== spec_hash) {
        world.ledger.record('lost', `${tenant_id} cannot be rolled back to revision ${revision}`);
      }
    }
  }
}
