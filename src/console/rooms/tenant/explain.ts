import type { Condition, Tenant } from '../../api/types.ts';

/** What each reason that comes from observation means, and what happens by itself. */
const MEANINGS: Readonly<Record<string, string>> = {
  CrashLoop: 'Its containers end again and again; they are restarted by themselves.',
  Unhealthy: 'It does not run as it should.',
  Missing: 'Its provider holds nothing of it. Berth brings it back by itself.',
  Unreachable: 'Its provider could not be asked, so its health is not known.',
};

/** Returns what a reason means; empty for one that its message explains. */
export function meaningOf({ type, status, reason }: Condition): string {
  return type === 'Degraded' && status ? (MEANINGS[reason] ?? '') : '';
}

/** Returns true for a condition that needs attention: the tenant is degraded, or neither ready nor on its way there. */
export function isTrouble({ type, status }: Condition, { conditions }: Pick<Tenant, 'conditions'>): boolean {
  if (type === 'Degraded') return status;
  return type === 'Ready' && !status && !conditions.some((each) => each.type === 'Progressing' && each.status);
}
