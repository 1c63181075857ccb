import { type Program, programOf, type Step } from './program.ts';
import type { Version } from './specs.ts';

const three = ['acme', 'beta', 'gamma'] as const;
const good: Version = { number: 2, inProgressMs: 2_000 };
const bad: Version = { number: 3, inProgressMs: 2_000, faults: { rollout: 'unhealthy' } };
/** Its first update fails, whatever the version is. */
const stubborn: Version = { number: 1, faults: { update: { kind: 'failed', times: 1 } } };

function provision(tenants: readonly string[], version: Version = { number: 1 }): Step[] {
  return tenants.map((tenant) => ({ do: 'provision', tenant, version, wait: true }));
}

const byWaves = [{ size: '1', bake_seconds: 6 }, { size: '100%' }];

/**
 * Programs with rollouts. Each request from the first one about a rollout is the place of a crash, and in those of
 * `contestedRollouts` of another client's change.
 */
export const rolloutScenarios: readonly Program[] = [
  programOf('a rollout in two waves', [
    ...provision(three),
    { do: 'rollout', id: 'app', of: three, to: good, waves: byWaves, max_in_flight: 2 },
    { do: 'await_rollout', id: 'app', ends: ['succeeded'] },
  ]),
  programOf('a rollout that halts, and is undone', [
    ...provision(three),
    { do: 'rollout', id: 'app', of: three, to: bad, max_in_flight: 2 },
    { do: 'await_rollout', id: 'app', ends: ['paused'] },
    { do: 'steer', id: 'app', command: 'undo' },
    { do: 'await_rollout', id: 'app', ends: ['undone'] },
  ]),
  programOf('a rollout that undoes itself to the second of three versions', [
    ...provision(['acme']),
    { do: 'update', tenant: 'acme', version: { number: 4 }, wait: true },
    ...provision(['beta', 'gamma'], stubborn),
    {
      do: 'rollout',
      id: 'app',
      of: three,
      to: good,
      max_in_flight: 1,
      failure_budget: 1,
      on_failure: 'undo',
    },
    // A crash may take the failure of a first update away: then the next one succeeds.
    { do: 'await_rollout', id: 'app', ends: ['undone', 'succeeded'] },
  ]),
  programOf('a rollout that is paused, resumed, paused and aborted', [
    ...provision(three),
    { do: 'rollout', id: 'app', of: three, to: good, max_in_flight: 1 },
    { do: 'sleep', ms: 1_000 },
    { do: 'steer', id: 'app', command: 'pause' },
    { do: 'await_rollout', id: 'app', ends: ['paused'] },
    { do: 'steer', id: 'app', command: 'resume' },
    { do: 'sleep', ms: 3_000 },
    { do: 'steer', id: 'app', command: 'pause' },
    { do: 'await_rollout', id: 'app', ends: ['paused', 'succeeded'] },
    { do: 'steer', id: 'app', command: 'abort' },
    { do: 'await_rollout', id: 'app', ends: ['aborted', 'succeeded'] },
  ]),
  {
    ...programOf('a canary that falls ill while it bakes', [
      ...provision(three),
      { do: 'sleep', ms: 16_000 },
      {
        do: 'rollout',
        id: 'app',
        of: three,
        to: { number: 2 },
        waves: [{ size: '1', bake_seconds: 120 }, { size: '100%' }],
      },
      // Longer than a crash delays the update: a version that comes up after this is well.
      { do: 'sleep', ms: 60_000 },
      { do: 'ail', tenant: 'acme', down: true },
      { do: 'await_rollout', id: 'app', ends: ['paused'] },
      { do: 'steer', id: 'app', command: 'undo' },
      { do: 'await_rollout', id: 'app', ends: ['undone'] },
    ]),
  },
  programOf('an approval, a skipped tenant, and an undo after the end', [
    ...provision(three),
    {
      do: 'rollout',
      id: 'app',
      of: three,
      to: { number: 2 },
      waves: [{ size: '1' }, { size: '100%', gate: 'approval' }],
    },
    { do: 'await_rollout', id: 'app', ends: ['waiting'] },
    { do: 'steer', id: 'app', command: 'skip', tenant: 'beta' },
    { do: 'steer', id: 'app', command: 'approve' },
    { do: 'await_rollout', id: 'app', ends: ['succeeded'] },
    { do: 'update', tenant: 'gamma', version: { number: 5 }, wait: true },
    { do: 'steer', id: 'app', command: 'undo' },
    { do: 'await_rollout', id: 'app', ends: ['undone'] },
  ]),
  {
    ...programOf(
      'two rollouts over the same tenants',
      [
        ...provision(three),
        { do: 'rollout', id: 'one', of: three, to: good, max_in_flight: 2 },
        { do: 'await_rollout', id: 'one', ends: ['succeeded'] },
        { do: 'steer', id: 'one', command: 'undo' },
        { do: 'await_rollout', id: 'one', ends: ['undone'] },
      ],
      [
        { do: 'sleep', ms: 300 },
        { do: 'rollout', id: 'two', of: three, to: { number: 6 }, max_in_flight: 2 },
        { do: 'await_rollout', id: 'two', ends: ['succeeded'] },
        { do: 'steer', id: 'two', command: 'undo' },
        { do: 'await_rollout', id: 'two', ends: ['undone'] },
      ],
    ),
    owned: false,
    exact: false,
  },
];

/** Those in which another client interferes with the rollout `app` and its tenant `acme`. */
export const contestedRollouts = rolloutScenarios.slice(0, 2);
