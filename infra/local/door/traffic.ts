import type { FrontDoor } from '../../../src/compute/provider.ts';

/** The longest time for which a replaced version waits for its requests, in milliseconds. */
const LONGEST_DRAIN_MS = 10_000;

/** Most requests and connections of one tenant at a time. Others are then still served. */
export const MOST_AT_ONCE = 256;

/*
 * How no request meets a version that has just ended
 *
 * An update has two moments: the new version serves, and the old one is stopped. A provider first records that the new
 * version serves. Then it asks `isInUse`, and stops the old version only when the answer is false.
 *
 * The door remembers routes. A route that was read before the question may lead to the old version, so `isInUse` counts the
 * question as an edition of its ports, and a route that began to be read in an earlier edition is read again. Reading a
 * route and counting its request is one step of the event loop. So a request either is counted before the question, and
 * the provider waits for it, or its route is read after the question, when the provider reports the new version.
 */

/** Counts the requests under way, and which routes are still valid. */
export class Traffic implements FrontDoor {
  readonly #underWay = new Map<number, number>();
  readonly #ofTenant = new Map<string, number>();
  readonly #drainingSince = new Map<number, number>();
  readonly #editions = new Map<number, number>();
  #edition = 0;

  /** The present edition. A route carries the one in which it began to be read. */
  get edition(): number {
    return this.#edition;
  }

  /** Returns true if a route to a port, read in an edition, is still valid. */
  isValid(port: number, edition: number): boolean {
    return (this.#editions.get(port) ?? 0) <= edition;
  }

  isInUse(ports: readonly number[]): boolean {
    this.#edition += 1;
    for (const port of ports) this.#editions.set(port, this.#edition);
    const now = performance.now();
    const busy = ports.filter((port) => this.#underWay.has(port));
    for (const port of ports) if (!busy.includes(port)) this.#drainingSince.delete(port);
    const waiting = busy.filter((port) => {
      const since = this.#drainingSince.get(port) ?? now;
      this.#drainingSince.set(port, since);
      return now - since < LONGEST_DRAIN_MS;
    });
    return waiting.length > 0;
  }

  /** Returns true if a tenant has as many requests under way as it may have. */
  isFull(tenantId: string): boolean {
    return (this.#ofTenant.get(tenantId) ?? 0) >= MOST_AT_ONCE;
  }

  /**
   * Counts a request until the returned function is called. Without a port, nothing waits for its end: an open WebSocket
   * ends when the version behind it does.
   */
  begin(tenantId: string, port?: number): () => void {
    add(this.#ofTenant, tenantId, 1);
    if (port !== undefined) add(this.#underWay, port, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      add(this.#ofTenant, tenantId, -1);
      if (port !== undefined) add(this.#underWay, port, -1);
    };
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
