import { ComputeError } from '../../../../src/compute/errors.ts';
import { OutcomeList } from '../../../../src/rollouts/model/outcome-list.ts';
import { readRolloutRequest } from '../../../../src/rollouts/model/request.ts';
import type { Command, Rollout, RolloutPhase } from '../../../../src/rollouts/model/rollout.ts';
import type { Simulation } from '../environment/simulation.ts';
import type { Host } from './host.ts';
import type { Program } from './program.ts';
import type { Version } from './specs.ts';

/** What a client does with rollouts. */
export type RolloutStep =
  | {
      do: 'rollout';
      id: string;
      /** The tenants that it selects. */
      of: readonly string[];
      to: Version;
      /** Each with its size, such as `2` or `100%`. Default: one wave of all. */
      waves?: readonly { size: string; bake_seconds?: number; gate?: 'approval' }[];
      max_in_flight?: number;
      failure_budget?: number;
      on_failure?: 'pause' | 'undo';
    }
  | { do: 'steer'; id: string; command: Command }
  | { do: 'steer'; id: string; command: 'skip'; tenant: string }
  /** Waits until nothing happens any more. `ends`: the phases that are right then. */
  | { do: 'await_rollout'; id: string; ends: readonly RolloutPhase[] };

export interface RolloutClient {
  actor: string;
  simulation: Simulation;
  /** It is known in which phase a rollout ends. */
  isExact: boolean;
  /** Repeats a request until it is answered. */
  insist<T>(ask: (host: Host) => Promise<T | undefined>): Promise<T | ComputeError>;
}

export function hasRollouts({ clients }: Program): boolean {
  return clients.flat().some((step) => step.do === 'rollout');
}

export async function takeRolloutStep(step: RolloutStep, client: RolloutClient): Promise<void> {
  const { actor } = client;
  if (step.do === 'await_rollout') return awaitRollout(step, client);
  const { id } = step;
  await client.insist<unknown>(({ rollouts, process }) => {
    const caller = { actor, signal: process.timeUp.signal };
    if (step.do === 'rollout') return rollouts.start(requestOf(step), caller);
    if (step.command === 'skip') return rollouts.skip(id, step.tenant, caller);
    return rollouts.control(id, step.command, caller);
  });
}

function requestOf({ id, of, to, waves = [{ size: '100%' }], ...rest }: Extract<RolloutStep, { do: 'rollout' }>) {
  const { do: _, ...pace } = rest;
  const image = `app:${to.number}`;
  return readRolloutRequest({
    rollout_id: id,
    select: { tenant_ids: of },
    change: {
      containers: { web: { image }, worker: { image } },
      provider_config: { in_progress_ms: to.inProgressMs ?? null, ...(to.faults && { faults: to.faults }) },
    },
    waves,
    ...pace,
  });
}

async function awaitRollout(
  { id, ends }: Extract<RolloutStep, { do: 'await_rollout' }>,
  { insist, simulation, isExact, actor }: RolloutClient,
): Promise<void> {
  let rollout: Rollout | undefined;
  while (!rollout || (rollout.next_at !== undefined && rollout.phase !== 'waiting')) {
    await simulation.timeline.sleep(500);
    const answer = await insist(({ rollouts }) => rollouts.get(id, { waitMs: 20_000 }));
    if (answer instanceof ComputeError) {
      if (isExact) simulation.ledger.record('lost', `rollout ${id}: ${answer.message}`);
      return;
    }
    rollout = answer;
  }
  const { phase, reason, outcomes, in_flight } = rollout;
  if (isExact && !ends.includes(phase)) simulation.ledger.record('misinformed', `${id} is ${phase}: ${reason}`);
  const list = await insist(({ rollouts }) => rollouts.tenantsOf(id, { limit: 100, caller: actor }));
  const latest = await insist(({ rollouts }) => rollouts.get(id));
  if (list instanceof ComputeError || latest instanceof ComputeError) return;
  if (latest.outcomes !== outcomes || in_flight.length > 0) return; // another client acted meanwhile
  const counts = Object.entries(new OutcomeList(outcomes).counts());
  const wrong = counts.filter(([of, count]) => list.tenants.filter(({ outcome }) => outcome === of).length !== count);
  if (wrong.length > 0) simulation.ledger.record('miscounted', `${id} counts ${wrong.join(' ')}, against its rows`);
}
