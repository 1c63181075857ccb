import { UnreadableItemError } from '../../tenants/store/read-item.ts';
import type { Item } from '../../tenants/store/table.ts';
import type { Rollout } from '../model/rollout.ts';

/** Returns the rollout in an item of the table or of its change stream. Throws `UnreadableItemError`. */
export function readRollout({ pk, sk, data }: Pick<Item, 'pk' | 'sk' | 'data'>): Rollout {
  let record: Partial<Rollout> | null;
  try {
    record = JSON.parse(data) as Partial<Rollout> | null;
  } catch {
    // Not the parser's error: it quotes the record, which may contain env values.
    throw new UnreadableItemError({ pk, sk }, 'is not JSON');
  }
  if (!record?.spec || !record.phase) throw new UnreadableItemError({ pk, sk }, 'is no rollout');
  return record as Rollout;
}
