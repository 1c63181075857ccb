import type { ErrorCode } from '../../../src/compute/errors.ts';
import { Random } from './random.ts';
import type { ProviderName, Version } from './specs.ts';
import { calm, rough, type WeatherOptions } from './weather.ts';

interface Asking {
  tenant: string;
  /** Idempotency key; without one the request is repeated without one. */
  key?: string | undefined;
  /** Waits until the operation has ended. Default: goes on as soon as it is accepted. */
  wait?: boolean | undefined;
}

/** Something that is asked of Berth. Requests are repeated blindly until they are answered. */
export type Request =
  | (Asking & { do: 'provision' | 'update'; version: Version; refused?: ErrorCode | undefined })
  | (Asking & { do: 'rollback'; to: 'oldest' | 'previous' })
  | (Asking & { do: 'destroy'; provider?: ProviderName | undefined });

/** One thing that a client does. */
export type Step =
  | Request
  /** Somebody removes by hand what the provider holds. */
  | { do: 'vanish'; tenant: string }
  /** Somebody makes a resource of that name by hand, with Berth's labels on it or without. */
  | { do: 'plant'; tenant: string; provider: ProviderName; labelled: boolean }
  | { do: 'inventory' }
  | { do: 'sleep'; ms: number };

/** What a run does. Clients run at the same time, each with the process of its slot. */
export interface Program {
  name: string;
  clients: readonly (readonly Step[])[];
  /** A process for each, and how far its clock is off. */
  skewsMs: readonly number[];
  weather: WeatherOptions;
  /** Each tenant is the business of one client, so what it asked for last must be how things end. */
  owned: boolean;
  /** Which of the answers are refusals is known: those that say so. */
  exact: boolean;
  /** All clients are one and the same who asks several times at once. */
  twins: boolean;
}

/** A program of one client, or of several that have nothing in common. */
export function programOf(name: string, ...clients: readonly (readonly Step[])[]): Program {
  return { name, clients, skewsMs: [0], weather: calm, owned: true, exact: true, twins: false };
}

/** A program that nobody thought of: any requests, by clients that may be at odds with each other, in rough weather. */
export function randomProgram(seed: number): Program {
  const random = new Random(seed);
  const twins = random.chance(0.2);
  const owned = !twins && random.chance(0.6);
  const clients = Array.from({ length: 1 + random.below(3) }, (_, client) =>
    randomSteps(random, owned ? [`t${client}`, `t${client}-b`] : ['t0', 't1']),
  );
  return {
    name: 'random',
    clients: twins ? clients.map(() => clients[0] ?? []) : clients,
    skewsMs: random.pick([[0], [0, 0], [0, 300_000], [0, -300_000]]),
    weather: random.chance(0.3) ? calm : rough,
    owned,
    exact: false,
    twins,
  };
}

function randomSteps(random: Random, tenants: readonly string[]): Step[] {
  const length = 3 + random.below(6);
  return Array.from({ length }, (_, place): Step => {
    const tenant = tenants[random.below(tenants.length)] ?? '';
    const asking: Asking = {
      tenant,
      key: random.chance(0.5) ? `key-${place}` : undefined,
      wait: random.chance(0.6),
    };
    const choice = place < 2 ? 0 : random.below(20);
    if (choice < 5) return { do: 'provision', ...asking, version: randomVersion(random) };
    if (choice < 11) return { do: 'update', ...asking, version: randomVersion(random) };
    if (choice < 13) return { do: 'rollback', ...asking, to: random.pick(['oldest', 'previous']) };
    if (choice < 16) return { do: 'destroy', ...asking };
    if (choice < 17) return { do: 'vanish', tenant };
    if (choice < 18) return { do: 'inventory' };
    return { do: 'sleep', ms: random.below(20_000) };
  });
}

function randomVersion(random: Random): Version {
  return {
    number: 1 + random.below(4),
    provider: random.chance(0.85) ? 'memory' : 'spare',
    inProgressMs: random.pick([0, 0, 3_000, 40_000]),
    faults: random.pick([undefined, undefined, undefined, undefined, { rollout: 'unhealthy' }, invisible]),
  };
}

/** Created, and for the next three reads as if it were not (F23). */
const invisible = { provision: { kind: 'invisible', times: 3 } };
