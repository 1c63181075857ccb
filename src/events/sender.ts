import type { EventEnvelope } from './envelope.ts';

/**
 * Returns who sent a request, as the actor of its operation: the account, then the source and the actor. EventBridge vouches
 * for the account; the sender wrote the others. The prefix `event:` keeps it apart from ARNs and token subjects, and the
 * encoding keeps its parts apart.
 */
export function requesterOf({ account, source }: EventEnvelope, actor: string | undefined): string {
  const parts = [account, source, ...(actor === undefined ? [] : [actor])];
  return `event:${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`;
}

/**
 * Returns when a request was sent, as an ISO 8601 time, to order it among requests for the same tenant.
 *
 * - EventBridge gives whole seconds. The end of the second counts, so that an HTTP request within that second does not make
 *   the event stale.
 * - The sender can set the time. A time after the arrival in the queue counts as the arrival (epoch milliseconds), so that
 *   no sender can make all later requests stale.
 */
export function requestedAt(time: string, arrived: number): string {
  return new Date(Math.min(endOfSecond(Date.parse(time)), endOfSecond(arrived))).toISOString();
}

function endOfSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000 + 999;
}
