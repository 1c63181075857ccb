import { type Program, programOf } from './program.ts';

const acme = 'acme';
const done = { tenant: acme, wait: true };
/** Long enough for a sweep to start on unfinished work. */
const inTheMiddle = { do: 'sleep', ms: 6_000 } as const;

/** Programs that run once for each of their requests, with a crash at that request. */
export const scenarios: readonly Program[] = [
  programOf('a whole life', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'update', ...done, version: { number: 2 } },
    { do: 'rollback', ...done, to: 'oldest' },
    { do: 'destroy', ...done },
  ]),
  programOf('keys, and a slow provider', [
    { do: 'provision', ...done, key: 'one', version: { number: 1, inProgressMs: 3_000 } },
    { do: 'provision', ...done, key: 'again', version: { number: 1, inProgressMs: 3_000 } },
    { do: 'update', ...done, key: 'two', version: { number: 2, inProgressMs: 3_000 } },
  ]),
  programOf('a destroy takes the place of a provision', [
    { do: 'provision', tenant: acme, key: 'one', version: { number: 1, inProgressMs: 20_000 } },
    inTheMiddle,
    { do: 'destroy', ...done, key: 'two' },
    { do: 'destroy', ...done, key: 'three' },
  ]),
  programOf('a destroy takes the place of an update', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'update', tenant: acme, version: { number: 2, inProgressMs: 20_000 } },
    inTheMiddle,
    { do: 'destroy', ...done },
  ]),
  programOf('an update takes the place of an update', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'update', tenant: acme, key: 'one', version: { number: 2, inProgressMs: 20_000 } },
    inTheMiddle,
    { do: 'update', ...done, key: 'two', version: { number: 3, inProgressMs: 2_000 } },
  ]),
  programOf('an update takes the place of a provision', [
    { do: 'provision', tenant: acme, version: { number: 1, inProgressMs: 20_000 } },
    inTheMiddle,
    { do: 'update', ...done, version: { number: 2 } },
  ]),
  programOf('a rollback takes the place of an update', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'update', tenant: acme, version: { number: 2, inProgressMs: 20_000 } },
    inTheMiddle,
    { do: 'rollback', ...done, to: 'oldest' },
  ]),
  {
    ...programOf('a cancel against an update that comes up', [
      { do: 'provision', ...done, version: { number: 1 } },
      { do: 'update', tenant: acme, version: { number: 2, inProgressMs: 6_000 } },
      inTheMiddle,
      { do: 'cancel', ...done, key: 'one' },
    ]),
    exact: false,
  },
  programOf('a new life with another provider', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'destroy', ...done },
    { do: 'provision', ...done, version: { number: 1, provider: 'spare' } },
    { do: 'update', ...done, version: { number: 2, provider: 'spare' } },
  ]),
  programOf('an update that fails, and a rollback', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'update', ...done, version: { number: 2, faults: { rollout: 'unhealthy' } } },
    { do: 'rollback', ...done, to: 'oldest' },
  ]),
  programOf('a provision that fails, and another one', [
    { do: 'provision', ...done, version: { number: 1, faults: { provision: 'failed' } } },
    { do: 'provision', ...done, version: { number: 2 } },
  ]),
  programOf('a provider that throttles, and one that does not answer', [
    { do: 'provision', ...done, version: { number: 1, faults: { provision: { kind: 'throttled', times: 2 } } } },
    { do: 'update', ...done, version: { number: 2, faults: { update: { kind: 'timeout_after_effect', times: 1 } } } },
  ]),
  programOf('cut off between two versions', [
    { do: 'provision', ...done, version: { number: 1 } },
    {
      do: 'update',
      ...done,
      version: { number: 2, inProgressMs: 2_000, faults: { update: { kind: 'between_versions', times: 1 } } },
    },
  ]),
  programOf('created, and invisible for a while', [
    {
      do: 'provision',
      ...done,
      version: { number: 1, inProgressMs: 2_000, faults: { provision: { kind: 'invisible', times: 2 } } },
    },
    { do: 'destroy', ...done },
  ]),
  programOf('stopped, changed, started, restarted', [
    { do: 'provision', ...done, version: { number: 1, inProgressMs: 2_000 } },
    { do: 'stop', ...done },
    { do: 'stop', ...done },
    { do: 'restart', ...done, refused: 'tenant_stopped' },
    { do: 'update', ...done, version: { number: 2, inProgressMs: 2_000 } },
    { do: 'inventory' },
    { do: 'start', ...done },
    { do: 'restart', ...done, key: 'once' },
  ]),
  programOf('a stop takes the place of an update, and a start that of a stop', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'update', tenant: acme, version: { number: 2, inProgressMs: 20_000 } },
    inTheMiddle,
    { do: 'stop', tenant: acme },
    { do: 'start', ...done },
    { do: 'stop', ...done },
  ]),
  programOf('removed by hand', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'vanish', tenant: acme },
    { do: 'inventory' },
  ]),
  programOf('ill, well again, and in a crash loop', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'sleep', ms: 16_000 },
    { do: 'ail', tenant: acme, down: true },
    { do: 'sleep', ms: 30_000 },
    { do: 'ail', tenant: acme, down: false },
    { do: 'sleep', ms: 30_000 },
    { do: 'ail', tenant: acme, down: false, restarts: 3 },
    { do: 'sleep', ms: 16_000 },
    { do: 'update', ...done, version: { number: 2 } },
    { do: 'sleep', ms: 16_000 },
    { do: 'ail', tenant: acme, down: true },
  ]),
  programOf('made by hand', [
    { do: 'destroy', ...done, provider: 'memory' },
    { do: 'plant', tenant: acme, provider: 'spare', labelled: true },
    { do: 'plant', tenant: 'stranger', provider: 'spare', labelled: false },
    { do: 'inventory' },
    { do: 'sleep', ms: 31_000 },
    { do: 'inventory' },
  ]),
  programOf('a second installation on the same backend', [
    { do: 'provision', ...done, version: { number: 1 } },
    { do: 'plant', tenant: 'theirs', provider: 'memory', labelled: true, installation: 'another0install' },
    { do: 'plant', tenant: acme, provider: 'spare', labelled: true, installation: 'another0install' },
    { do: 'inventory' },
    { do: 'sleep', ms: 31_000 },
    { do: 'inventory' },
    { do: 'destroy', tenant: 'theirs', wait: true, provider: 'memory' },
    { do: 'destroy', ...done },
  ]),
  ...[true, false].map((keepsIdentity) => ({
    long: true,
    ...programOf(`an empty table ${keepsIdentity ? 'of this installation' : 'without an identity'}`, [
      { do: 'provision', ...done, version: { number: 1 } },
      { do: 'provision', tenant: 'globex', wait: true, version: { number: 1 } },
      { do: 'empty_table', keepsIdentity },
      { do: 'provision', tenant: 'initech', wait: true, version: { number: 1 } },
      { do: 'inventory' },
      { do: 'sleep', ms: 4_200_000 },
      { do: 'inventory' },
      { do: 'sleep', ms: 1_200_000 },
      { do: 'inventory' },
    ]),
  })),
  {
    long: true,
    ...programOf('unreadable rows at the head of the work', [
      { do: 'damage', rows: 40 },
      {
        do: 'provision',
        ...done,
        key: 'one',
        version: { number: 1, inProgressMs: 6_000 },
        killed: true,
        withinMs: 120_000,
      },
      {
        do: 'update',
        ...done,
        key: 'two',
        version: { number: 2, inProgressMs: 6_000 },
        killed: true,
        withinMs: 120_000,
      },
      { do: 'damage', rows: 0 },
    ]),
  },
  {
    long: true,
    ...programOf('an outage longer than the deadline', [
      { do: 'provision', ...done, version: { number: 1 } },
      { do: 'update', tenant: acme, key: 'two', version: { number: 2 }, killed: true },
      { do: 'outage', ms: 2_400_000 },
      { do: 'vanish', tenant: acme },
      { do: 'sleep', ms: 9_000_000 },
      { do: 'expect_ready', tenant: acme },
    ]),
  },
  programOf(
    'two clients with one key',
    [
      { do: 'provision', ...done, key: 'one', version: { number: 1 } },
      { do: 'update', ...done, key: 'two', version: { number: 2 } },
    ],
    [
      { do: 'provision', tenant: 'globex', wait: true, key: 'one', version: { number: 1 } },
      { do: 'destroy', tenant: 'globex', wait: true, key: 'two' },
    ],
  ),
  {
    ...programOf(
      'two clients with one tenant',
      [
        { do: 'provision', ...done, version: { number: 1 } },
        { do: 'update', ...done, key: 'one', version: { number: 2 } },
      ],
      [
        { do: 'sleep', ms: 30 },
        { do: 'update', ...done, key: 'one', version: { number: 3 } },
      ],
    ),
    owned: false,
    exact: false,
  },
];
