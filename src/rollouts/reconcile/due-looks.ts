import type { InFlight, Rollout } from '../model/rollout.ts';

/** The shortest time between two looks at a tenant in flight. Milliseconds. */
const LEAST_MS = 500;
/** How much longer it is for each tenant in flight: 50 reads a second at most, however many are in flight. Milliseconds. */
const EACH_MS = 20;

/**
 * When each tenant in flight is read again. One whose request is under way need not be read: the request ends when the
 * tenant came up, or its provider needs more time. So a tenant that comes up at once is read once, and many slow ones cost
 * no more than few.
 */
export class DueLooks {
  readonly #dueAt = new Map<string, number>();

  /** Returns the tenants in flight to be read now. An undo does not wait for the updates under way. */
  dueOf({ phase, in_flight }: Rollout, now: number, isSending: (entry: InFlight) => boolean): InFlight[] {
    return in_flight.filter((entry) => {
      if (phase === 'undoing' && entry.action === 'update') return true;
      return !isSending(entry) && (this.#dueAt.get(keyOf(entry)) ?? now) <= now;
    });
  }

  looked(entries: readonly InFlight[], { in_flight }: Rollout, now: number): void {
    const pause = Math.max(LEAST_MS, EACH_MS * in_flight.length);
    for (const entry of entries) this.#dueAt.set(keyOf(entry), now + pause);
  }

  /** Has a tenant read at once. */
  hasten(position: number): void {
    for (const action of ['update', 'undo'] as const) this.#dueAt.delete(keyOf({ action, position }));
  }
}

function keyOf({ action, position }: Pick<InFlight, 'action' | 'position'>): string {
  return `${action} ${position}`;
}
