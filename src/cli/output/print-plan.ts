import type { Plan, RevisionDiff } from '../../client/types.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { truncate } from '../terminal/table.ts';

const LONGEST_VALUE = 60;
/** Number of equal characters shown around a difference. */
const CONTEXT = 12;

export const planned: Record<Plan['action'], string> = {
  provision: 'will be provisioned',
  update: 'will be updated',
  none: 'is unchanged',
};

/** Describes a plan: the action, each changed field, and the warnings. */
export function describePlan(plan: Plan, wording: Record<Plan['action'], string> = planned): string {
  const { tenant_id, action, changes, warnings } = plan;
  const sign = action === 'none' ? ' ' : action === 'update' ? yellow('~') : green('+');
  const head = `${sign} ${bold(toSafeLine(tenant_id))}  ${wording[action]}`;
  // A new tenant has no fields to compare.
  const fields = action === 'update' ? changes.map(describeChange) : [];
  return [head, ...fields, ...warnings.map((warning) => `    ${yellow('!')} ${toSafeLine(warning)}`)].join('\n');
}

/** Describes the differences between two revisions. */
export function describeDiff({ tenant_id, from, to, changes }: RevisionDiff): string {
  const revisions = toSafeLine(`revision ${from} → ${to}`);
  const fields = changes.length > 0 ? changes.map(describeChange) : [`    ${dim('no differences')}`];
  return [`${bold(toSafeLine(tenant_id))}  ${revisions}`, ...fields].join('\n');
}

type Change = RevisionDiff['changes'][number] & Partial<Pick<Plan['changes'][number], 'effect'>>;

function describeChange({ pointer, before, after, effect }: Change): string {
  const where = toSafeLine(pointer);
  const how = effect ? `  ${dim(effect === 'replace' ? 'replaces containers' : 'in place')}` : '';
  if (before === undefined) return `    ${green('+')} ${where}  ${show(toText(after))}${how}`;
  if (after === undefined) return `    ${red('-')} ${where}  ${show(toText(before))}${how}`;
  return `    ${yellow('~')} ${where}  ${describeDifference(toText(before), toText(after))}${how}`;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Shows the differing part of long values. Values of environment variables are redacted by the control plane. */
function describeDifference(before: string, after: string): string {
  if (before === after) return 'changed (value hidden)';
  if (Math.max(before.length, after.length) <= LONGEST_VALUE) return `${show(before)} → ${show(after)}`;
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const part = (text: string) => {
    const [from, to] = [Math.max(head - CONTEXT, 0), Math.min(text.length - tail + CONTEXT, text.length)];
    return show(`${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`);
  };
  return `${part(before)} → ${part(after)}`;
}

function show(text: string): string {
  return truncate(toSafeLine(text), LONGEST_VALUE);
}

/** Counts the plans by action. */
export function summarize(plans: readonly Pick<Plan, 'action'>[]): string {
  const count = (action: Plan['action']) => plans.filter((plan) => plan.action === action).length;
  return `${count('provision')} to provision, ${count('update')} to update, ${count('none')} unchanged`;
}
