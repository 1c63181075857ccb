import type { LeaseRecord } from '../../tenants/model/tenant.ts';

/**
 * The phases of a rollout. `running` begins and follows tenants, `baking` watches the health of a wave, and `waiting` needs
 * an approval or its time. `paused` begins nothing until a caller acts. The last three are the ends.
 */
export const ROLLOUT_PHASES = [
  'running',
  'baking',
  'waiting',
  'paused',
  'undoing',
  'succeeded',
  'undone',
  'aborted',
] as const;
export type RolloutPhase = (typeof ROLLOUT_PHASES)[number];

/** What became of one tenant. */
export const OUTCOMES = ['pending', 'updating', 'succeeded', 'failed', 'skipped', 'undone'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What a caller can do to a rollout. */
export const COMMANDS = ['pause', 'resume', 'approve', 'undo', 'abort'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Selection {
  labels?: Readonly<Record<string, string>> | undefined;
  provider?: string | undefined;
  tenant_ids?: readonly string[] | undefined;
}

export interface Wave {
  name: string;
  /** A number of tenants, or a share of all selected such as `10%`. Cumulative. */
  size: string;
  bake_seconds: number;
  gate: 'auto' | 'approval';
}

/** What a caller asked for, with the defaults filled in. */
export interface RolloutSpec {
  rollout_id: string;
  select: Selection;
  /** A merge patch of the specification (RFC 7396), with containers keyed by name. */
  change: Readonly<Record<string, unknown>>;
  waves: readonly Wave[];
  max_in_flight: number;
  /** How many tenants may fail, as a number or as a share of all selected. */
  failure_budget: number | string;
  on_failure: 'pause' | 'undo';
  not_before?: string | undefined;
  not_after?: string | undefined;
}

/** A tenant of the selection, as a page of rows keeps it. The outcome is in the item of the rollout. */
export interface Row {
  tenant_id: string;
  incarnation: string;
  /** The revision that was desired when the rollout started. */
  from_revision: number;
  /** The revision that the rollout made: the update, or a way back that failed. */
  to_revision?: number | undefined;
  operation_id?: string | undefined;
  detail?: string | undefined;
}

/** A tenant that is being updated or brought back. Recorded before the tenant is first asked for anything. */
export interface InFlight extends Row {
  position: number;
  action: 'update' | 'undo';
  begun_at: string;
}

/** A tenant that failed, for people. */
export interface RolloutFailure {
  tenant_id: string;
  wave: string;
  detail: string;
}

/**
 * All that must survive a crash about one rollout, but for the details of its tenants. One item, always written whole, on
 * condition of its version. So what is begun and what stops it are decided by the same write: store/rollout-store.ts.
 */
export interface Rollout {
  spec: RolloutSpec;
  /** The digest of what was asked for, to recognize a repeated request. */
  request: string;
  /** The digest of the selection that a plan showed; the rollout ends where the frozen one differs. */
  expected?: string | undefined;
  phase: RolloutPhase;
  /** Why it is in this phase, for people. */
  reason: string;
  started_by: string;
  created_at: string;
  updated_at: string;
  ended_at?: string | undefined;
  /** How many times the phase changed. Makes announcements distinct. */
  changes: number;
  /**
   * The frozen tenants. `changing`: those whose specification the patch changes, in the order of their ids. `skipped`: the
   * others, which come after them. `after`: the last tenant that was examined, until all are. `digest`: of those so far.
   */
  selection: { frozen: boolean; after?: string | undefined; changing: number; skipped: number; digest: string };
  /** The position after the last tenant of each wave. Empty until the selection is frozen. */
  ends: number[];
  /** The outcome of each position, in the form of `OutcomeList`. */
  outcomes: string;
  /** The present wave, and whether it passed its gate. */
  wave: number;
  begun: boolean;
  /** The first position that was not begun yet. */
  next: number;
  in_flight: InFlight[];
  /** After the last tenant of the present wave: when its health is looked at, and up to which position it was. */
  bake?: { since: string; until: string; checked: number } | undefined;
  /** The waves that were approved. */
  approved: number[];
  /** How many failures were there when a caller resumed it. They count no more. */
  accepted: number;
  /** The first position that was not brought back yet. */
  undo_next?: number | undefined;
  /** The first failures, for people. */
  failures: RolloutFailure[];
  lease?: LeaseRecord | undefined;
  fence: number;
  /** When it is due. Absent where nothing is left to do. */
  next_at?: string | undefined;
}

const ENDS: readonly RolloutPhase[] = ['succeeded', 'undone', 'aborted'];

/** Returns true for a rollout that ended. Tenants that were begun before may still be followed. */
export function hasEnded({ phase }: Pick<Rollout, 'phase'>): boolean {
  return ENDS.includes(phase);
}

/** Returns true where nothing happens until a caller acts. */
export function rests({ phase, spec }: Pick<Rollout, 'phase' | 'spec'>, now: string): boolean {
  const waitsForTime = phase === 'waiting' && (spec.not_before ?? '') > now;
  return hasEnded({ phase }) || phase === 'paused' || (phase === 'waiting' && !waitsForTime);
}

/** The actor of every change that a rollout makes. */
export function actorOf({ spec }: Pick<Rollout, 'spec'>): string {
  return `rollout:${spec.rollout_id}`;
}

/** Returns how many tenants are selected. */
export function sizeOf({ selection }: Pick<Rollout, 'selection'>): number {
  return selection.changing + selection.skipped;
}
