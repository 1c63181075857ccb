import type { AnnouncementType } from '../../tenants/model/announcement.ts';
import { type Announcement, fitted } from '../../tenants/model/announcing.ts';
import { OutcomeList } from './outcome-list.ts';
import { actorOf, type Rollout, type RolloutPhase, sizeOf } from './rollout.ts';

const announced: Partial<Record<RolloutPhase, AnnouncementType>> = {
  paused: 'Rollout Paused',
  succeeded: 'Rollout Succeeded',
  undone: 'Rollout Undone',
  aborted: 'Rollout Aborted',
};

/**
 * Returns the announcements of one write of a rollout's item: its start, and each turn that a person may have to know of.
 * Pure: equal images give equal announcements.
 */
export function rolloutAnnouncementsOf(before: Rollout | undefined, after: Rollout): Announcement[] {
  const isNew = before?.created_at !== after.created_at;
  const turn = isNew || before?.changes !== after.changes ? announced[after.phase] : undefined;
  return [...(isNew ? ['Rollout Started' as const] : []), ...(turn ? [turn] : [])].map((type) => announce(type, after));
}

function announce(detail_type: AnnouncementType, rollout: Rollout): Announcement {
  const { spec, phase, reason, started_by, created_at, updated_at, changes } = rollout;
  const { succeeded, failed, skipped, undone } = new OutcomeList(rollout.outcomes).counts();
  const isStart = detail_type === 'Rollout Started';
  const metadata = {
    event_id: `rollout.${spec.rollout_id}.${created_at}.${isStart ? 'start' : changes}`,
    schema_version: '1' as const,
    actor: isStart ? started_by : actorOf(rollout),
    occurred_at: isStart ? created_at : updated_at,
  };
  const counts = { tenants: sizeOf(rollout), succeeded, failed, skipped, undone };
  const data = { rollout_id: spec.rollout_id, phase, reason, started_by, ...counts };
  return fitted({ detail_type, detail: { metadata, data } });
}
