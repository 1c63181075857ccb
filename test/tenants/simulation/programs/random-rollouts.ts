import { Random } from '../environment/random.ts';
import { calm, rough } from '../environment/weather.ts';
import type { Program, Step } from './program.ts';
import type { Version } from './specs.ts';

const all = ['t0', 't1', 't2', 't3', 't4'];
const commands = ['pause', 'resume', 'approve', 'undo', 'abort'] as const;

/**
 * Returns a program of an operator who starts and steers rollouts at random, beside one who changes their tenants and
 * sometimes one with another rollout.
 */
export function randomRolloutProgram(seed: number): Program {
  const random = new Random(seed + 2_000_000);
  const provisions = all.map(
    (tenant): Step => ({ do: 'provision', tenant, version: versionOf(random, 1), wait: true }),
  );
  const clients = [
    [...provisions, ...steered(random, 'one'), ...steered(random, 'two')],
    [{ do: 'sleep', ms: 2_000 } as const, ...changes(random)],
    ...(random.chance(0.5) ? [[{ do: 'sleep', ms: 2_000 } as const, ...steered(random, 'three')]] : []),
  ];
  return {
    name: 'random rollouts',
    clients,
    skewsMs: random.pick([[0], [0, 0], [0, 300_000], [0, -300_000]]),
    weather: random.chance(0.4) ? calm : rough,
    owned: false,
    exact: false,
    twins: false,
  };
}

function versionOf(random: Random, number: number): Version {
  const faults = random.pick([undefined, undefined, undefined, { update: { kind: 'failed', times: 1 } }]);
  return { number, inProgressMs: random.pick([0, 2_000, 6_000]), faults };
}

function steered(random: Random, id: string): Step[] {
  const bad = random.chance(0.3) ? { rollout: 'unhealthy' } : undefined;
  const waves = random.pick([
    [{ size: '100%' }],
    [{ size: '1', bake_seconds: random.below(20) }, { size: '100%' }],
    [{ size: '2' }, { size: '100%', gate: 'approval' as const }],
  ]);
  const commanding = Array.from({ length: random.below(4) }, (): Step[] => [
    { do: 'sleep', ms: random.below(random.pick([500, 15_000])) },
    random.chance(0.2)
      ? { do: 'steer', id, command: 'skip', tenant: random.pick(['t0', 't1', 't2', 't3', 't4']) }
      : { do: 'steer', id, command: random.pick(commands) },
  ]);
  return [
    {
      do: 'rollout',
      id,
      of: random.shuffle(all).slice(random.below(3)),
      to: { number: 2 + random.below(4), inProgressMs: random.pick([0, 2_000, 6_000]), faults: bad },
      waves,
      max_in_flight: 1 + random.below(3),
      failure_budget: random.below(3),
      on_failure: random.pick(['pause', 'undo']),
    },
    ...commanding.flat(),
    { do: 'await_rollout', id, ends: [] },
    ...random.pick<Step[]>([
      [],
      [
        { do: 'steer', id, command: 'undo' },
        { do: 'await_rollout', id, ends: [] },
      ],
    ]),
  ];
}

/** Changes of single tenants meanwhile. */
function changes(random: Random): Step[] {
  return Array.from({ length: random.below(5) }, (): Step[] => {
    const tenant = all[random.below(all.length)] ?? '';
    const version = { number: 6 + random.below(3), inProgressMs: random.pick([0, 3_000]) };
    const change = random.pick<Step>([
      { do: 'update', tenant, version, wait: random.chance(0.5) },
      { do: 'update', tenant, version },
      { do: 'destroy', tenant },
      { do: 'provision', tenant, version },
      { do: 'stop', tenant },
      { do: 'start', tenant },
      { do: 'restart', tenant },
      { do: 'ail', tenant, down: true },
    ]);
    return [{ do: 'sleep', ms: random.below(15_000) }, change];
  }).flat();
}
