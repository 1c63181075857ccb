import type { Rollout } from '../../client/types.ts';
import { paint } from '../terminal/paint.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, dim } from '../terminal/style.ts';
import { type Column, toTable } from '../terminal/table.ts';

const OUTCOMES = ['succeeded', 'updating', 'pending', 'failed', 'skipped', 'undone'] as const;

/** Returns a rollout as a board: waves as columns, then the tenants that failed, and what can be done. */
export function toBoard(rollout: Rollout, width: number | undefined): string {
  const { rollout_id, phase, reason, waves, failures, possible } = rollout;
  const rows = [
    ['state', ...waves.map(({ state }) => state)],
    ['tenants', ...waves.map(({ tenants }) => String(tenants))],
    ...OUTCOMES.filter((outcome) => waves.some((wave) => wave[outcome] > 0)).map((outcome) => [
      outcome,
      ...waves.map((wave) => (wave[outcome] > 0 ? String(wave[outcome]) : '')),
    ]),
  ];
  const titles = ['', ...waves.map(({ name }) => name)];
  const columns = titles.map(
    (title, index): Column<string[]> => ({ title, value: (row) => row[index] ?? '', style: paint }),
  );
  const head = `${bold(toSafeLine(rollout_id))}  ${paint(phase)}  ${toSafeLine(reason)}`;
  const failed = failures.map(
    ({ tenant_id, wave, detail }) => `  ${bold(toSafeLine(tenant_id))} (${toSafeLine(wave)})  ${toSafeLine(detail)}`,
  );
  const next =
    isAtRest(rollout) && possible.length > 0
      ? [dim(`Next: ${possible.map((one) => `berth rollout ${one} ${rollout_id}`).join(' · ')}`)]
      : [];
  return [
    head,
    '',
    toTable(rows, columns, width),
    ...(failed.length > 0 ? ['', 'Failed:', ...failed] : []),
    ...(next.length > 0 ? ['', ...next] : []),
  ].join('\n');
}

/** Returns a rollout as one line, for logs. */
export function toLine({ rollout_id, phase, reason, waves }: Rollout): string {
  const counts = OUTCOMES.map((outcome) => [waves.reduce((sum, wave) => sum + wave[outcome], 0), outcome] as const);
  const shown = counts.filter(([count]) => count > 0).map(([count, outcome]) => `${count} ${outcome}`);
  return `${toSafeLine(rollout_id)} ${phase}: ${toSafeLine(reason)} (${shown.join(', ') || 'no tenants yet'})`;
}

/** Returns true where nothing happens until a person acts. */
export function isAtRest({ phase }: Pick<Rollout, 'phase'>): boolean {
  return !['running', 'baking', 'undoing'].includes(phase);
}
