import { ComputeError, StaleRequestError } from '../../../../src/compute/errors.ts';
import type { Caller } from '../../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { inspect } from '../environment/invariants.ts';
import type { Violation } from '../environment/ledger.ts';
import { Random } from '../environment/random.ts';
import { Simulation } from '../environment/simulation.ts';
import { digestOf, rest } from '../rest.ts';
import { Fleet } from './fleet.ts';
import { type Host, WATCH_EVERY_MS } from './host.ts';
import { type Program, programOf } from './program.ts';
import { specOf, type Version } from './specs.ts';

/** A published request. It carries its time and its idempotency key. */
export interface Message {
  tenant: string;
  do: 'provision' | 'update' | 'destroy';
  version: Version;
  requestedAt: string;
  key: string;
}

/** One delivery of a message by a queue. */
interface Delivery {
  message: Message;
  delayMs: number;
  /** The handler is killed as soon as it has recorded the intent. */
  dropped: boolean;
}

export interface DeliveryReport {
  digest: string;
  violations: readonly Violation[];
  deliveries: number;
  /** Messages that were not delivered again although their handler was killed after it recorded the intent. */
  dropped: number;
}

/** Returns requests for a few tenants, each of them valid after those before it. */
export function randomMessages(seed: number): Message[] {
  const random = new Random(seed);
  return ['t0', 't1'].flatMap((tenant) => {
    let alive = false;
    return Array.from({ length: 2 + random.below(5) }, (_, place): Message => {
      const version = { number: 1 + random.below(3), inProgressMs: random.pick([0, 0, 4_000]) };
      const change = !alive ? 'provision' : random.chance(0.7) ? 'update' : 'destroy';
      alive = change !== 'destroy';
      // Long ago, so that it lies in the past of every clock.
      const requestedAt = new Date(Date.parse('2025-12-31T12:00:00Z') + place * 1000).toISOString();
      return { tenant, do: change, version, requestedAt, key: `${tenant}-${place}` };
    });
  });
}

/** Delivers messages: in order and once each, or as badly as a queue can. Returns the end state. */
export async function deliver(messages: readonly Message[], seed: number, how: 'in order' | 'badly') {
  const random = new Random(seed);
  const program: Program = { ...programOf('delivery', []), owned: false };
  const crashes =
    how === 'badly' ? [{ at: 1 + random.below(200), when: random.pick(['before', 'after'] as const), grace: 0 }] : [];
  const simulation = new Simulation({ seed, weather: program.weather, crashes });
  const logger = createCapturedLogger();
  const fleet = new Fleet(simulation, program, logger);
  const queue = new Queue(simulation, fleet);
  const work = async () => {
    if (how === 'in order') for (const message of messages) await queue.handle({ message, delayMs: 0, dropped: false });
    else await Promise.all(badly(messages, random).map((delivery) => queue.handle(delivery)));
    await rest(simulation);
    // Health has the time that it is given in run.ts.
    await simulation.timeline.sleep(10 * WATCH_EVERY_MS);
    await rest(simulation);
  };
  await simulation.timeline.run(work());
  inspect(simulation, program, [], logger);
  const { deliveries, dropped } = queue;
  return {
    digest: digestOf(simulation),
    violations: simulation.ledger.violations,
    deliveries,
    dropped,
  } satisfies DeliveryReport;
}

/** Returns one to four deliveries of each message, in any order, some of them long after the others. */
function badly(messages: readonly Message[], random: Random): Delivery[] {
  const copies = messages.flatMap((message) => Array.from({ length: 1 + random.below(4) }, () => message));
  return copies.map((message) => ({
    message,
    delayMs: random.chance(0.2) ? random.below(600_000) : random.below(30_000),
    dropped: random.chance(0.4),
  }));
}

const RECEIVES = 60;

/** Delivers messages, and delivers them again until they are handled. */
class Queue {
  deliveries = 0;
  dropped = 0;
  readonly #simulation: Simulation;
  readonly #fleet: Fleet;

  constructor(simulation: Simulation, fleet: Fleet) {
    this.#simulation = simulation;
    this.#fleet = fleet;
  }

  async handle({ message, delayMs, dropped }: Delivery): Promise<void> {
    await this.#simulation.timeline.sleep(delayMs);
    for (let receives = 0; receives < RECEIVES; receives += 1) {
      this.deliveries += 1;
      const host = dropped ? this.#fleet.spare() : await this.#fleet.host(0);
      if (dropped) this.#simulation.killAtIntent(host.process);
      const isDone = await Promise.race([ask(host, message), host.process.died]);
      if (isDone ?? this.#wasRecorded(message)) return;
      await this.#simulation.timeline.sleep(5_000 + 1_000 * receives);
    }
    this.#simulation.ledger.record('lost', `${message.do} of ${message.tenant} was never handled`);
  }

  /** A recorded message needs no second delivery. To prove it, there is none. */
  #wasRecorded({ requestedAt, tenant }: Message): boolean {
    const accepted = [...this.#simulation.ledger.accepted.values()];
    const isRecorded = accepted.some((one) => one.tenant_id === tenant && one.requested_at === requestedAt);
    if (isRecorded) this.dropped += 1;
    return isRecorded;
  }
}

/** Returns true where the message was handled: done, accepted, or stale. */
async function ask({ tenants }: Host, { tenant, version, requestedAt, key, ...message }: Message): Promise<boolean> {
  const caller: Caller = { actor: 'queue', idempotencyKey: key, requestedAt };
  try {
    if (message.do === 'destroy') await tenants.destroy(tenant, caller);
    else await tenants[message.do](specOf(tenant, version), caller);
    return true;
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return error instanceof StaleRequestError;
  }
}
