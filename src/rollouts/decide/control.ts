import { RolloutConflictError } from '../../compute/errors.ts';
import { OutcomeList } from '../model/outcome-list.ts';
import { COMMANDS, type Command, hasEnded, type Rollout, type RolloutPhase } from '../model/rollout.ts';
import { enter } from './advance.ts';

/** The commands that each phase takes. A repeated command changes nothing: see `isDone`. */
const possible: Readonly<Record<RolloutPhase, readonly Command[]>> = {
  running: ['pause', 'undo', 'abort'],
  baking: ['pause', 'undo', 'abort'],
  waiting: ['approve', 'pause', 'undo', 'abort'],
  paused: ['resume', 'undo', 'abort'],
  undoing: ['abort'],
  succeeded: ['undo'],
  undone: [],
  aborted: ['undo'],
};

/**
 * Returns the rollout after a command; the very one that was given where the command was carried out before. Throws
 * `RolloutConflictError`, which says what is possible. Pure.
 */
export function control(rollout: Rollout, command: Command, { actor, now }: { actor: string; now: string }): Rollout {
  if (isDone(rollout, command)) return rollout;
  if (!possibleIn(rollout).includes(command)) throw notPossible(rollout, command);
  const due = { ...rollout, next_at: now };
  switch (command) {
    case 'pause':
      return enter(due, 'paused', `paused by ${actor}`, now);
    case 'resume':
      return resume(due, actor, now);
    case 'approve': {
      const name = rollout.spec.waves[rollout.wave]?.name;
      return enter(
        { ...due, approved: [...rollout.approved, rollout.wave] },
        'running',
        `wave ${name} approved by ${actor}`,
        now,
      );
    }
    case 'undo':
      return enter({ ...due, undo_next: 0, bake: undefined }, 'undoing', `undone by ${actor}`, now);
    case 'abort':
      return enter(due, 'aborted', `aborted by ${actor}`, now);
  }
}

/** An undo that was paused by failures can only be tried again or ended. */
export function possibleIn(rollout: Rollout): readonly Command[] {
  const { phase, undo_next, spec, wave } = rollout;
  if (phase === 'paused' && undo_next !== undefined) return ['undo', 'abort'];
  const waitsForTime = phase === 'waiting' && spec.waves[wave]?.gate !== 'approval';
  return possible[phase].filter((command) => command !== 'approve' || !waitsForTime);
}

/** A caller who resumes it accepts the failures so far, and a window that is over. */
function resume(rollout: Rollout, actor: string, now: string): Rollout {
  const { spec } = rollout;
  const accepted = new OutcomeList(rollout.outcomes).counts().failed;
  const isOver = spec.not_after !== undefined && spec.not_after < now;
  const resumed = { ...rollout, accepted, spec: isOver ? { ...spec, not_after: undefined } : spec };
  return enter(resumed, 'running', `resumed by ${actor}`, now);
}

function isDone({ phase, undo_next }: Rollout, command: Command): boolean {
  const isUndo = phase === 'undoing' || phase === 'undone';
  const done: Record<Command, boolean> = {
    pause: phase === 'paused' && undo_next === undefined,
    resume: phase === 'running' || phase === 'baking',
    approve: false,
    undo: isUndo,
    abort: phase === 'aborted',
  };
  return done[command];
}

function notPossible(rollout: Rollout, command: Command): RolloutConflictError {
  const { phase, spec } = rollout;
  const choices = COMMANDS.filter((one) => possibleIn(rollout).includes(one));
  const hint =
    choices.length > 0
      ? `Possible now: ${choices.join(', ')}.`
      : 'Nothing is possible any more: start another rollout.';
  const state = hasEnded(rollout) ? `has ended (${phase})` : `is ${phase}`;
  return new RolloutConflictError(`cannot ${command} rollout ${spec.rollout_id}, which ${state}`, { hint });
}
