import { announceChanges } from '../src/events/announce-changes.ts';
import { readOrder, reannounce } from '../src/events/reannounce.ts';
import { changeStream } from './runtime/events/change-stream.ts';
import { publishing } from './runtime/setup/publishing.ts';

/** Time reserved before the time-out of Lambda, to answer. Milliseconds. */
const MARGIN = 5_000;

/**
 * Announces each operation that ended. An operator who invokes it with `{"reannounce_since":"2026-11-25T12:00:00Z"}` has the
 * operations that ended since then announced again, after announcements were lost.
 */
export const handler = await changeStream({
  name: 'on-tenant-changed',
  uses: publishing,
  run: announceChanges,
  order: async (event, { remaining, ...services }) =>
    reannounce(await readOrder(event), { ...services, isOver: () => remaining() < MARGIN }),
});
