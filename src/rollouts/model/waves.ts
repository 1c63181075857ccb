import type { Issue } from '../../compute/errors.ts';
import { OutcomeList } from './outcome-list.ts';
import type { Outcome, Rollout, RolloutPhase, Wave } from './rollout.ts';
import { hasEnded } from './rollout.ts';

/** Returns how many tenants a size means, out of all selected. A share is rounded up; a number is at most all. */
export function countOf(size: string | number, total: number): number {
  const text = String(size);
  if (!text.endsWith('%')) return Math.min(Number(text), total);
  return Math.ceil((total * Number(text.slice(0, -1))) / 100);
}

/** Returns the position after the last tenant of each wave. */
export function waveEnds(waves: readonly Pick<Wave, 'size'>[], total: number): number[] {
  return waves.map(({ size }) => countOf(size, total));
}

/** Returns what is wrong with the sizes of waves for so many tenants: a wave that shrinks, or tenants in no wave. */
export function waveIssues(waves: readonly Pick<Wave, 'name' | 'size'>[], total: number): Issue[] {
  const ends = waveEnds(waves, total);
  const shrinking = waves.flatMap(({ name, size }, index) => {
    const before = index === 0 ? 0 : (ends[index - 1] ?? 0);
    if ((ends[index] ?? 0) >= before) return [];
    const message =
      `wave ${name} shrinks: its size ${size} is ${ends[index]} of ${total} tenants, after ${before}; ` +
      'sizes are cumulative, so give each wave at least the size of the one before';
    return [{ pointer: `/waves/${index}/size`, message }];
  });
  const last = ends.at(-1) ?? 0;
  if (shrinking.length > 0 || last === total) return shrinking;
  const message = `the waves leave out ${total - last} of ${total} tenants; give the last wave the size 100%`;
  return [{ pointer: `/waves/${waves.length - 1}/size`, message }];
}

export const WAVE_STATES = [
  'pending',
  'running',
  'baking',
  'waiting',
  'paused',
  'succeeded',
  'undoing',
  'undone',
  'aborted',
  'skipped',
] as const;
export type WaveState = (typeof WAVE_STATES)[number];

export type WaveView = Record<Outcome, number> & { name: string; tenants: number; state: WaveState };

/** Returns each wave with the number of its tenants by outcome. */
export function viewWaves(rollout: Rollout): WaveView[] {
  const { spec, ends } = rollout;
  const outcomes = new OutcomeList(rollout.outcomes);
  return spec.waves.map(({ name }, index) => {
    const [from, to] = [index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index] ?? 0];
    return { name, tenants: to - from, ...outcomes.counts(from, to), state: stateOfWave(rollout, index) };
  });
}

function stateOfWave(rollout: Rollout, index: number): WaveState {
  const { phase, wave, begun } = rollout;
  if (phase === 'succeeded' || index < wave) return inEnd(phase) ?? 'succeeded';
  if (index > wave) return hasEnded(rollout) ? 'skipped' : 'pending';
  if (!begun && hasEnded(rollout)) return 'skipped';
  return phase;
}

/** An undo concerns all waves that were begun. */
function inEnd(phase: RolloutPhase): WaveState | undefined {
  return phase === 'undoing' || phase === 'undone' ? phase : undefined;
}

/** Returns the wave of a position. */
export function waveOf({ ends }: Pick<Rollout, 'ends'>, position: number): number {
  const index = ends.findIndex((end) => position < end);
  return index < 0 ? Math.max(0, ends.length - 1) : index;
}

/** Returns the name of the wave of a position. */
export function waveName(rollout: Pick<Rollout, 'ends' | 'spec'>, position: number): string {
  return rollout.spec.waves[waveOf(rollout, position)]?.name ?? '';
}
