import { ComputeError, StaleRequestError } from '../../../src/compute/errors.ts';
import type { Caller } from '../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';
import { Fleet } from './fleet.ts';
import type { Host } from './host.ts';
import { inspect } from './invariants.ts';
import type { Violation } from './ledger.ts';
import { type Program, programOf } from './program.ts';
import { Random } from './random.ts';
import { digestOf, rest } from './rest.ts';
import { specOf, type Version } from './specs.ts';
import { World } from './world.ts';

/** A request that somebody published: it says itself when it was made, and which it is. */
export interface Message {
  tenant: string;
  do: 'provision' | 'update' | 'destroy';
  version: Version;
  requestedAt: string;
  key: string;
}

/** How a queue treats a message: when each of its copies comes. */
interface Delivery {
  message: Message;
  delayMs: number;
  /** Its handler is killed as soon as it has recorded what is asked for. */
  dropped: boolean;
}

export interface DeliveryReport {
  digest: string;
  violations: readonly Violation[];
  deliveries: number;
  /** Messages whose handler was killed when their intent was recorded, and that never came again. */
  dropped: number;
}

/** Requests for a few tenants, each of them sensible after those before it. */
export function randomMessages(seed: number): Message[] {
  const random = new Random(seed);
  return ['t0', 't1'].flatMap((tenant) => {
    let alive = false;
    return Array.from({ length: 2 + random.below(5) }, (_, place): Message => {
      const version = { number: 1 + random.below(3), inProgressMs: random.pick([0, 0, 4_000]) };
      const wish = !alive ? 'provision' : random.chance(0.7) ? 'update' : 'destroy';
      alive = wish !== 'destroy';
      // Long ago, so that no clock can think it is to come.
      const requestedAt = new Date(Date.parse('2025-12-31T12:00:00Z') + place * 1000).toISOString();
      return { tenant, do: wish, version, requestedAt, key: `${tenant}-${place}` };
    });
  });
}

/** Delivers messages: in their order and once each, or as the worst of queues does. Answers how everything ended. */
export async function deliver(messages: readonly Message[], seed: number, how: 'in order' | 'badly') {
  const random = new Random(seed);
  const program: Program = { ...programOf('delivery', []), owned: false };
  const crashes =
    how === 'badly' ? [{ at: 1 + random.below(200), when: random.pick(['before', 'after'] as const), grace: 0 }] : [];
  const world = new World({ seed, weather: program.weather, crashes });
  const logger = createCapturedLogger();
  const fleet = new Fleet(world, program, logger);
  const queue = new Queue(world, fleet);
  const work = async () => {
    if (how === 'in order') for (const message of messages) await queue.handle({ message, delayMs: 0, dropped: false });
    else await Promise.all(badly(messages, random).map((delivery) => queue.handle(delivery)));
    await rest(world);
  };
  await world.timeline.run(work());
  inspect(world, program, [], logger);
  const { deliveries, dropped } = queue;
  return { digest: digestOf(world), violations: world.ledger.violations, deliveries, dropped } satisfies DeliveryReport;
}

/** Each message one to four times, in any order, some of the copies long after all else. */
function badly(messages: readonly Message[], random: Random): Delivery[] {
  const copies = messages.flatMap((message) => Array.from({ length: 1 + random.below(4) }, () => message));
  return copies.map((message) => ({
    message,
    delayMs: random.chance(0.2) ? random.below(600_000) : random.below(30_000),
    dropped: random.chance(0.4),
  }));
}

const RECEIVES = 60;

/** Hands messages over, and again whatever was not dealt with. */
class Queue {
  deliveries = 0;
  dropped = 0;
  readonly #world: World;
  readonly #fleet: Fleet;

  constructor(world: World, fleet: Fleet) {
    this.#world = world;
    this.#fleet = fleet;
  }

  async handle({ message, delayMs, dropped }: Delivery): Promise<void> {
    await this.#world.timeline.sleep(delayMs);
    for (let receives = 0; receives < RECEIVES; receives += 1) {
      this.deliveries += 1;
      const host = dropped ? this.#fleet.spare() : await this.#fleet.host(0);
      if (dropped) this.#world.killAtIntent(host.process);
      const isDone = await Promise.race([ask(host, message), host.process.died]);
      if (isDone ?? this.#wasRecorded(message)) return;
      await this.#world.timeline.sleep(5_000 + 1_000 * receives);
    }
    this.#world.ledger.record('lost', `${message.do} of ${message.tenant} was never dealt with`);
  }

  /** What is recorded needs no second delivery: to prove it, there is none. */
  #wasRecorded({ requestedAt, tenant }: Message): boolean {
    const accepted = [...this.#world.ledger.accepted.values()];
    const isRecorded = accepted.some((one) => one.tenant_id === tenant && one.requested_at === requestedAt);
    if (isRecorded) this.dropped += 1;
    return isRecorded;
  }
}

/** Whether the message was dealt with: done, accepted, or older than what was asked for since. */
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
