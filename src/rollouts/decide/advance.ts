import { addMs, CLOCK_TOLERANCE_MS } from '../../tenants/clock.ts';
import { OutcomeList, type OutcomeState } from '../model/outcome-list.ts';
import { type Rollout, type RolloutPhase, sizeOf } from '../model/rollout.ts';
import { countOf } from '../model/waves.ts';

/*
 * What a rollout does next
 *
 * `advance` goes as far as the record of the rollout alone allows: through gates, from wave to wave, into a halt, to an end.
 * `needOf` says what else it takes: tenants to begin, health to look at, or time. A worker does that, sets the outcomes, and
 * calls `advance` again. All of it is written at once, so a worker that crashes leaves the state before or the state after.
 *
 *                    ┌──────────── next wave ◄────────────┐
 *                    ▼                                    │
 *   gate, window ─► running ─► all ended ─► baking ─► health is good ─► succeeded
 *        │             │                       │
 *        ▼             └── too many failures ──┴─► paused, or undoing ─► undone
 *     waiting
 */

/** What a rollout needs that its record does not have. */
export type Need =
  | { kind: 'begin'; action: 'update' | 'undo'; from: number; to: number; room: number; wanted: OutcomeState[] }
  | { kind: 'check'; from: number; to: number }
  /** Nothing, until a tenant in flight ends, a caller acts, or the time comes. */
  | { kind: 'nothing'; until?: string | undefined };

/** The outcomes of tenants that the rollout may have changed. One may be skipped after its update. */
const CHANGED: OutcomeState[] = ['succeeded', 'failed', 'skipped', 'unrestored'];

/** Returns the rollout as far as its record leads; the very one that was given where that is where it is. Pure. */
export function advance(rollout: Rollout, now: string): Rollout {
  if (!rollout.selection.frozen) return rollout;
  switch (rollout.phase) {
    case 'undoing':
      return advanceUndo(rollout, now);
    case 'running':
    case 'baking':
    case 'waiting':
      return advanceWaves(rollout, now);
    default:
      return rollout;
  }
}

function advanceWaves(rollout: Rollout, now: string): Rollout {
  const halted = haltOf(rollout, now);
  if (halted) return halted;
  const end = rollout.ends[rollout.wave] ?? 0;
  if (!rollout.begun) return passGate(rollout, now);
  const open = new OutcomeList(rollout.outcomes).find(rollout.next, end, ['pending']);
  if (open < end || rollout.in_flight.length > 0) {
    const name = rollout.spec.waves[rollout.wave]?.name;
    return enter({ ...rollout, next: Math.max(rollout.next, open) }, 'running', `wave ${name} is being updated`, now);
  }
  return advanceBake({ ...rollout, next: Math.max(rollout.next, end) }, now);
}

/** Returns the rollout halted, where more tenants failed than may. */
function haltOf(rollout: Rollout, now: string): Rollout | undefined {
  const { spec, accepted, failures } = rollout;
  const failed = new OutcomeList(rollout.outcomes).counts().failed - accepted;
  const budget = countOf(spec.failure_budget, sizeOf(rollout));
  if (failed <= budget) return undefined;
  const last = failures.at(-1);
  const reason =
    `${failed} ${failed === 1 ? 'tenant' : 'tenants'} failed, and ${budget === 0 ? 'none' : `only ${budget}`} may` +
    (last ? `: ${last.tenant_id} (${last.detail})` : '');
  if (spec.on_failure === 'undo') return enter({ ...rollout, undo_next: 0, bake: undefined }, 'undoing', reason, now);
  return enter(rollout, 'paused', reason, now);
}

/** A wave begins in the window, and where it needs an approval, when it has one. */
function passGate(rollout: Rollout, now: string): Rollout {
  const { spec, wave, approved } = rollout;
  const { name, gate } = spec.waves[wave] ?? { name: '', gate: 'auto' };
  if (spec.not_before !== undefined && now < spec.not_before) {
    return enter(rollout, 'waiting', `wave ${name} begins at ${spec.not_before}`, now);
  }
  if (spec.not_after !== undefined && now > spec.not_after) {
    const reason = `wave ${name} was not begun: the window ended at ${spec.not_after}. Resume to begin it anyway`;
    return enter(rollout, 'paused', reason, now);
  }
  if (gate === 'approval' && !approved.includes(wave)) {
    return enter(rollout, 'waiting', `wave ${name} waits for an approval`, now);
  }
  return advanceWaves({ ...rollout, begun: true }, now);
}

function advanceBake(rollout: Rollout, now: string): Rollout {
  const { spec, wave, ends } = rollout;
  const { name, bake_seconds = 0 } = spec.waves[wave] ?? {};
  const isNow = rollout.bake && rollout.bake.since <= addMs(now, CLOCK_TOLERANCE_MS);
  const from = wave === 0 ? 0 : (ends[wave - 1] ?? 0);
  const bake = (isNow && rollout.bake) || { since: now, until: addMs(now, bake_seconds * 1000), checked: from };
  if (now < bake.until) return enter({ ...rollout, bake }, 'baking', `wave ${name} bakes until ${bake.until}`, now);
  if (bake.checked < (ends[wave] ?? 0)) {
    return enter({ ...rollout, bake }, 'baking', `the health of wave ${name} is looked at`, now);
  }
  const next = { ...rollout, bake: undefined, wave: wave + 1, begun: false };
  if (wave + 1 < spec.waves.length) return advanceWaves(next, now);
  const { failed, succeeded, skipped } = new OutcomeList(rollout.outcomes).counts();
  const others = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean);
  const reason = [`${succeeded} ${succeeded === 1 ? 'tenant' : 'tenants'} updated`, ...others].join(', ');
  return enter({ ...rollout, bake: undefined }, 'succeeded', reason, now);
}

function advanceUndo(rollout: Rollout, now: string): Rollout {
  const { in_flight, undo_next = 0 } = rollout;
  const outcomes = new OutcomeList(rollout.outcomes);
  const left = outcomes.find(undo_next, rollout.next, CHANGED);
  if (left < rollout.next || in_flight.length > 0)
    return left === undo_next ? rollout : { ...rollout, undo_next: left };
  const unrestored = outcomes.unrestored();
  if (unrestored > 0) {
    const tenants = unrestored === 1 ? 'tenant' : 'tenants';
    const reason = `${unrestored} ${tenants} could not be brought back; undo again, or abort`;
    return enter(rollout, 'paused', reason, now);
  }
  return enter(rollout, 'undone', undoneText(outcomes.counts().undone), now);
}

function undoneText(count: number): string {
  return `${count} ${count === 1 ? 'tenant was' : 'tenants were'} brought back`;
}

/** Returns what the rollout needs to go on. Pure. */
export function needOf(rollout: Rollout, now: string): Need {
  const { phase, spec, wave, ends, bake, in_flight, undo_next = 0 } = rollout;
  const room = spec.max_in_flight - in_flight.length;
  const end = ends[wave] ?? 0;
  if (!rollout.selection.frozen) return { kind: 'nothing' };
  if (phase === 'running' && rollout.begun && rollout.next < end && room > 0) {
    return { kind: 'begin', action: 'update', from: rollout.next, to: end, room, wanted: ['pending'] };
  }
  if (phase === 'undoing' && undo_next < rollout.next && room > 0) {
    return { kind: 'begin', action: 'undo', from: undo_next, to: rollout.next, room, wanted: CHANGED };
  }
  if (phase === 'baking' && bake && bake.until <= now) return { kind: 'check', from: bake.checked, to: end };
  if (phase === 'baking' && bake) return { kind: 'nothing', until: bake.until };
  const waitsForTime = phase === 'waiting' && spec.not_before !== undefined && spec.not_before > now;
  return { kind: 'nothing', ...(waitsForTime && { until: spec.not_before }) };
}

/** Returns the rollout in a phase; the very one that was given where it is there, for this reason. */
export function enter(rollout: Rollout, phase: RolloutPhase, reason: string, now: string): Rollout {
  if (rollout.phase === phase && rollout.reason === reason) return rollout;
  const isEnd = phase === 'succeeded' || phase === 'undone' || phase === 'aborted';
  const outcomes = isEnd ? withoutPending(rollout.outcomes) : rollout.outcomes;
  const changes = rollout.changes + (phase === rollout.phase ? 0 : 1);
  return { ...rollout, phase, reason, outcomes, changes, updated_at: now, ended_at: isEnd ? now : undefined };
}

/** Every tenant has an outcome at the end: those whose turn never came are skipped. */
function withoutPending(text: string): string {
  const outcomes = new OutcomeList(text);
  outcomes.replace('pending', 'skipped');
  return outcomes.toString();
}
