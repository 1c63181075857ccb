/**
 * When an event was sent, as far as it can be told. EventBridge gives whole seconds, so the end of that second is taken: what
 * came by HTTP within it must not make the event stale. The sender may set the time, so one that lies after the arrival in the
 * queue counts as that: nobody can put off everything that is asked for from now on.
 */
export function requestedAt(time: string, arrived: number): string {
  return new Date(Math.min(endOfSecond(Date.parse(time)), endOfSecond(arrived))).toISOString();
}

function endOfSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000 + 999;
}
