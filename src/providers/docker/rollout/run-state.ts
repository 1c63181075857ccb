import type { ContainerFailure } from '../engine/container-failure.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type EngineState, readEngineState } from '../records/engine-state.ts';
import { HEARTBEAT_TTL_MS, type RolloutRecord, type TenantRecord } from '../records/record.ts';
import type { RolloutRequest } from './plan.ts';

/** The work of this process on one rollout. It is lost in a crash without harm: the record tells the rest. */
export interface RolloutRun {
  context: ProviderContext;
  request: RolloutRequest;
  rolloutId: string;
  /** `performance.now()` at the start of `start_timeout_seconds`. */
  startedAt: number;
  /** `performance.now()` when each run of a container was first seen, by container id and start time. */
  firstSeen: Map<string, number>;
  /** Chosen host ports that turned out to be in use. */
  portRetries: number;
  /** The failure with its hint and its kind, which the record does not keep. */
  failure: ContainerFailure | undefined;
}

/** An engine state whose record contains the rollout of a run. */
export type RolloutState = EngineState & { stored: NonNullable<EngineState['stored']>; rollout: RolloutRecord };

export function createRun(context: ProviderContext, request: RolloutRequest, rolloutId: string): RolloutRun {
  const startedAt = performance.now();
  return { context, request, rolloutId, startedAt, firstSeen: new Map(), portRetries: 0, failure: undefined };
}

export function readState({ context, request }: Pick<RolloutRun, 'context' | 'request'>): Promise<EngineState> {
  return readEngineState(context, request.spec.tenant_id);
}

/** Returns the state with the rollout of this run; undefined if the rollout has ended or was superseded. */
export function withRollout({ rolloutId }: RolloutRun, state: EngineState): RolloutState | undefined {
  const { stored } = state;
  const rollout = stored?.record.rollout;
  if (!stored || stored.record.destroying || rollout?.id !== rolloutId) return undefined;
  return { ...state, stored, rollout };
}

/** Writes the next record of the tenant. Throws `RecordChangedError` if another host has changed it. */
export async function writeRecord<State extends RolloutState>(
  { context, request }: RolloutRun,
  state: State,
  changes: Partial<TenantRecord>,
): Promise<State> {
  const { record, labels } = state.stored;
  const stored = await context.store.write(request.names, state.stored, { ...record, ...changes }, labels);
  return { ...state, stored, rollout: stored.record.rollout ?? state.rollout };
}

/** Renews the heartbeat once half of it has passed. With 0 it ends the heartbeat at once. */
export async function renewHeartbeat(
  run: RolloutRun,
  state: RolloutState,
  ttlMs = HEARTBEAT_TTL_MS,
): Promise<RolloutState> {
  const now = Date.now();
  if (ttlMs > 0 && state.rollout.attended_until - now > ttlMs / 2) return state;
  return writeRecord(run, state, { rollout: { ...state.rollout, attended_until: now + ttlMs } });
}

export function logFields({ context, request }: Pick<RolloutRun, 'context' | 'request'>): Record<string, unknown> {
  return { component: 'docker-provider', provider: context.provider, tenant_id: request.spec.tenant_id };
}
