import { announceChanges } from '../src/events/announce-changes.ts';
import { readOrder, reannounce } from '../src/events/reannounce.ts';
import { changeStream } from './runtime/events/change-stream.ts';
import { publishing } from './runtime/setup/publishing.ts';

/** Kept back from what Lambda leaves, to answer. Milliseconds. */
const MARGIN = 5_000;

/**
 * Announces what ended. Invoked by hand with `{"reannounce_since":"2026-11-25T12:00:00Z"}`, it announces again what ended since
 * then, for when announcements were lost.
 */
export const handler = await changeStream({
  name: 'on-tenant-changed',
  uses: publishing,
  run: announceChanges,
  order: async (event, { remaining, ...desk }) =>
    reannounce(await readOrder(event), { ...desk, isOver: () => remaining() < MARGIN }),
});
