import { messageOf } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import { rolloutAnnouncementsOf } from '../rollouts/model/announcing.ts';
import { readRollout } from '../rollouts/store/read-rollout.ts';
import { type Announcement, announcementsOf, orphanAnnouncementsOf } from '../tenants/model/announcing.ts';
import { readOrphan, readTenant } from '../tenants/store/read-item.ts';
import type { Item } from '../tenants/store/table.ts';
import type { Publisher } from './publisher.ts';

/** A write of the table: the item before and after. */
export interface TableChange {
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * Announces the operations that ended, the orphans that were found and the turns of rollouts with these writes of the
 * table, in order. Returns the changes with announcements that failed: the stream has to deliver them again. An unreadable
 * change does not hold up the others.
 */
export async function announceChanges<Change extends TableChange>(
  changes: readonly Change[],
  { publisher, logger }: { publisher: Publisher; logger: Logger },
): Promise<Change[]> {
  const failed = new Set<Change>();
  const origins = new Map<Announcement, Change>();
  for (const change of changes) {
    try {
      for (const announcement of announcementsIn(change)) origins.set(announcement, change);
    } catch (error) {
      const item = (change.after ?? change.before)?.pk;
      logger.error('change not readable', { component: 'announcements', item, error: messageOf(error) });
      failed.add(change);
    }
  }
  for (const lost of await publisher.publish([...origins.keys()])) {
    const origin = origins.get(lost);
    if (origin) failed.add(origin);
  }
  return changes.filter((change) => failed.has(change));
}

/** Only tenants, orphans and rollouts announce anything; the table holds more. */
function announcementsIn({ before, after }: TableChange): Announcement[] {
  if (after?.pk.startsWith('orphan#')) return orphanAnnouncementsOf(before && readOrphan(before), readOrphan(after));
  if (after?.pk.startsWith('rollout#'))
    return rolloutAnnouncementsOf(before && readRollout(before), readRollout(after));
  if (!after?.pk.startsWith('tenant#')) return [];
  return announcementsOf(before && readTenant(before), readTenant(after));
}
