import type { Rollout, RolloutCommand } from '../../api/types.ts';

interface CommandText {
  title: string;
  /** Says what will happen. */
  plan(rollout: Rollout): string;
}

/** What each command of a rollout says before it is sent. */
export const commands: Readonly<Record<RolloutCommand, CommandText>> = {
  pause: {
    title: 'Pause',
    plan: () => 'Begins no more tenants. Those that are being changed may end. It can go on later, or be undone.',
  },
  resume: {
    title: 'Resume',
    plan: (rollout) => `Goes on: ${left(rollout)}, at most ${rollout.spec.max_in_flight} at a time.`,
  },
  approve: {
    title: 'Approve',
    plan: (rollout) => {
      const wave = rollout.waves.find(({ state }) => state === 'waiting');
      return wave ? `Lets the wave ${wave.name} begin, with ${countOf(wave.tenants)}.` : 'Lets the next wave begin.';
    },
  },
  undo: {
    title: 'Undo',
    plan: ({ waves }) => {
      const changed = waves.reduce((sum, { succeeded, failed, updating }) => sum + succeeded + failed + updating, 0);
      return (
        `Brings back ${countOf(changed)} that this rollout has changed to the revisions before, except those that were ` +
        'changed again since. No more tenants begin.'
      );
    },
  },
  abort: {
    title: 'Abort',
    plan: (rollout) =>
      `Ends the rollout as it is: ${left(rollout)} and stay as they are. What was changed stays changed.`,
  },
};

function left({ waves }: Rollout): string {
  const pending = waves.reduce((sum, wave) => sum + wave.pending, 0);
  return `${countOf(pending)} ${pending === 1 ? 'has' : 'have'} not begun`;
}

function countOf(tenants: number): string {
  return `${tenants.toLocaleString('en')} ${tenants === 1 ? 'tenant' : 'tenants'}`;
}
