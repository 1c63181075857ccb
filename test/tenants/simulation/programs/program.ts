import type { ErrorCode } from '../../../../src/compute/errors.ts';
import { Random } from '../environment/random.ts';
import { calm, rough, type WeatherOptions } from '../environment/weather.ts';
import type { RolloutStep } from './rollout-steps.ts';
import type { ProviderName, Version } from './specs.ts';

interface RequestOptions {
  tenant: string;
  /** The idempotency key; without one, repetitions have none either. */
  key?: string | undefined;
  /** Waits until the operation has ended. Default: continues as soon as it is accepted. */
  wait?: boolean | undefined;
  /** The process is killed when it has recorded the intent: others have to find the work. Needs a key. */
  killed?: boolean | undefined;
  /** How long the operation may take, whatever is wrong with other tenants. Milliseconds. */
  withinMs?: number | undefined;
}

/** A request to Berth. It is repeated blindly until it is answered. */
export type Request =
  | (RequestOptions & { do: 'provision' | 'update'; version: Version; refused?: ErrorCode | undefined })
  | (RequestOptions & { do: 'rollback'; to: 'oldest' | 'previous' })
  /** Cancels the latest operation. It needs a key, because a repetition finds that operation ended. */
  | (RequestOptions & { do: 'cancel'; key: string })
  | (RequestOptions & { do: 'stop' })
  | (RequestOptions & { do: 'start' })
  | (RequestOptions & { do: 'restart'; refused?: ErrorCode | undefined })
  | (RequestOptions & { do: 'destroy'; provider?: ProviderName | undefined });

/** One action of a client. */
export type Step =
  | Request
  | RolloutStep
  /** Removes by hand what the provider holds. */
  | { do: 'vanish'; tenant: string }
  /** Sets by hand what is wrong with the version that serves, of which no event tells. */
  | { do: 'ail'; tenant: string; down: boolean; restarts?: number }
  /** Creates a resource of that name by hand, with or without Berth's labels and the id of another installation. */
  | { do: 'plant'; tenant: string; provider: ProviderName; labelled: boolean; installation?: string }
  /** Empties the table under what runs (F102), with or without the identity of the installation. */
  | { do: 'empty_table'; keepsIdentity: boolean }
  /** Puts unreadable rows at the head of the work (F106), or removes them again. */
  | { do: 'damage'; rows: number }
  /** The provider is down for a time that is longer than the deadline of an operation (F105). */
  | { do: 'outage'; ms: number }
  /** The tenant has to be ready now: it was, and nothing is in its way any longer. */
  | { do: 'expect_ready'; tenant: string }
  | { do: 'inventory' }
  | { do: 'sleep'; ms: number };

/** The actions of a run. Clients run at the same time, each with the process of its slot. */
export interface Program {
  name: string;
  clients: readonly (readonly Step[])[];
  /** The clock errors of the processes, one for each process. Milliseconds. */
  skewsMs: readonly number[];
  weather: WeatherOptions;
  /** Each tenant belongs to one client, whose latest request must be the end state. */
  owned: boolean;
  /** False where no host looks at the health of tenants. */
  watched?: false | undefined;
  /** It is known which requests are refused: those that say so. */
  exact: boolean;
  /** All clients are the same caller, who makes each request several times at once. */
  twins: boolean;
  /** It takes hours: crashes are sparse, and no other client interferes. */
  long?: boolean | undefined;
}

/** Returns a program of one client, or of several independent ones. */
export function programOf(name: string, ...clients: readonly (readonly Step[])[]): Program {
  return { name, clients, skewsMs: [0], weather: calm, owned: true, exact: true, twins: false };
}

/** Returns a program of random requests, by clients that may contradict each other, with or without faults. */
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
    const options: RequestOptions = {
      tenant,
      key: random.chance(0.5) ? `key-${place}` : undefined,
      wait: random.chance(0.6),
    };
    const choice = place < 2 ? 0 : random.below(29);
    if (choice < 5) return { do: 'provision', ...options, version: randomVersion(random) };
    if (choice < 11) return { do: 'update', ...options, version: randomVersion(random) };
    if (choice < 12) return { do: 'rollback', ...options, to: random.pick(['oldest', 'previous']) };
    if (choice < 13) return { do: 'cancel', ...options, key: `cancel-${place}` };
    if (choice < 16) return { do: 'destroy', ...options };
    if (choice < 17) return { do: 'vanish', tenant };
    if (choice < 18) return { do: 'inventory' };
    if (choice < 20) return { do: 'stop', ...options };
    if (choice < 22) return { do: 'start', ...options };
    if (choice < 24) return { do: 'restart', ...options };
    if (choice < 27) return { do: 'ail', tenant, down: random.chance(0.5), restarts: random.below(3) };
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

/** Created, but hidden from the next three reads (F23). */
const invisible = { provision: { kind: 'invisible', times: 3 } };
