import type { RolloutOutcome, RolloutPhase } from '../api/types.ts';
import type { State } from '../tenants/state.ts';

/** In the order of filters. */
export const ROLLOUT_PHASES = [
  'running',
  'baking',
  'waiting',
  'paused',
  'undoing',
  'succeeded',
  'undone',
  'aborted',
] as const satisfies readonly RolloutPhase[];

export function isRolloutPhase(text: string | undefined): text is RolloutPhase {
  return ROLLOUT_PHASES.some((phase) => phase === text);
}

/** In the order of columns: what needs a person first. */
export const ROLLOUT_OUTCOMES = [
  'failed',
  'updating',
  'pending',
  'succeeded',
  'undone',
  'skipped',
] as const satisfies readonly RolloutOutcome[];

/** How the outcome of a tenant is marked. */
export const outcomeStates: Readonly<Record<RolloutOutcome, State>> = {
  failed: 'failing',
  updating: 'changing',
  pending: 'unknown',
  succeeded: 'healthy',
  undone: 'stopped',
  skipped: 'stopped',
};

const phaseStates: Readonly<Record<RolloutPhase, State>> = {
  running: 'changing',
  baking: 'changing',
  waiting: 'unknown',
  paused: 'unknown',
  undoing: 'changing',
  succeeded: 'healthy',
  undone: 'stopped',
  aborted: 'stopped',
};

/** Returns how a rollout is marked. One that was paused by failures needs a person. */
export function phaseState({ phase, failed }: { phase: RolloutPhase; failed: number }): State {
  return phase === 'paused' && failed > 0 ? 'failing' : phaseStates[phase];
}
