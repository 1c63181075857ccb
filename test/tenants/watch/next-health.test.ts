import { describe, expect, test } from 'vitest';
import type { ComputeStatus } from '../../../src/compute/results.ts';
import { addMs } from '../../../src/tenants/clock.ts';
import { HealthRecord } from '../../../src/tenants/model/health.ts';
import { healthOfNewVersion, nextHealth, type Sight } from '../../../src/tenants/watch/next-health.ts';

const DAWN = '2026-11-24T00:00:00.000Z';
const HOLD = 20_000;
const HOUR = 3_600_000;

type Look = 'up' | 'down' | 'failing' | 'unchecked' | 'missing' | 'unreachable' | number;

/** A number is a restart count of a container that is up; `-3` is one that is down, with three restarts. */
function sightOf(look: Look): Sight {
  if (look === 'missing') return { kind: 'missing' };
  if (look === 'unreachable') return { kind: 'unreachable', message: 'connect ECONNREFUSED' };
  const restart_count = typeof look === 'number' ? Math.abs(look) : 0;
  const isUp = look === 'up' || look === 'unchecked' || (typeof look === 'number' && look >= 0);
  const containers: ComputeStatus['containers'] = [
    {
      name: 'web',
      state: isUp ? 'running' : 'failed',
      ready: isUp,
      restart_count,
      message: isUp ? '' : 'exited with code 1',
    },
  ];
  if (look === 'failing')
    return { kind: 'seen', status: { state: 'running', health: 'unhealthy', containers, metadata: {} } };
  const health = look === 'unchecked' ? 'unknown' : isUp ? 'healthy' : 'unhealthy';
  return { kind: 'seen', status: { state: isUp ? 'running' : 'failed', health, containers, metadata: {} } };
}

/** Looks one after the other, each `everyMs` after the one before, and returns the record after each. */
function records(
  looks: readonly Look[],
  { everyMs = 3_000, first = DAWN, before = undefined as HealthRecord | undefined } = {},
) {
  const found: HealthRecord[] = [];
  for (const [index, look] of looks.entries()) {
    const context = { now: addMs(first, index * everyMs), holdMs: HOLD };
    found.push(nextHealth(found.at(-1) ?? before, sightOf(look), context));
    HealthRecord.parse(found.at(-1));
  }
  return found;
}

/** Returns health, trouble and number of changes after each look as one text. */
function story(looks: readonly Look[], options?: Parameters<typeof records>[1]): string[] {
  return records(looks, options).map(({ health, trouble, changes }) =>
    [health, trouble, changes].filter((one) => one !== undefined).join(' '),
  );
}

function last<T>(list: readonly T[]): T {
  const found = list.at(-1);
  if (found === undefined) throw new Error('the list is empty');
  return found;
}

const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);

describe('the health after a look', () => {
  test('is known at once where a first look finds the tenant well', () => {
    const [first] = records(['up']);
    expect(first).toMatchObject({ health: 'healthy', observed_at: DAWN, since: DAWN, restart_count: 0, changes: 0 });
  });

  test('is unknown, and not degraded, where the provider runs no checks', () => {
    expect(story(['unchecked', 'unchecked'])).toEqual(['unknown 0', 'unknown 0']);
  });

  test('stays the very same record where nothing changed, so that nothing is written', () => {
    const found = records(['up', 'up', 'up']);
    expect(found[1]).toBe(found[0]);
    expect(found[2]).toBe(found[0]);
  });

  test.each([
    ['down', 'Unhealthy', 'container web: exited with code 1'],
    ['failing', 'Unhealthy', 'container web: exited with code 1'],
    ['missing', 'Missing', 'the provider holds nothing of the tenant'],
  ] as const)('becomes unhealthy once a tenant was %s for as long as the hold', (look, trouble, message) => {
    const found = records(['up', ...times(8, look)]);
    expect(found.slice(1, 7).map(({ health }) => health)).toEqual(times(6, 'up').map(() => 'healthy'));
    const counted = last(found);
    expect(counted).toMatchObject({ health: 'unhealthy', trouble, message, changes: 1 });
    expect(counted.since).toBe(addMs(DAWN, 3_000)); // the first look that found it
    expect(counted.pending).toBeUndefined();
  });

  test('is unhealthy after the hold too where the first look ever finds it so', () => {
    expect(story(times(8, 'down'))).toEqual([...times(7, 'up').map(() => 'unknown 0'), 'unhealthy Unhealthy 1']);
  });

  test('becomes healthy again once that held', () => {
    const found = story([...times(9, 'down'), ...times(8, 'up')]);
    expect(last(found)).toBe('healthy 2');
    expect(found.filter((one) => one === 'unhealthy Unhealthy 1')).toHaveLength(9 - 7 + 7);
  });

  test('does not change for a tenant that flaps faster than the hold', () => {
    const flapping = Array.from({ length: 200 }, (_, index): Look => (Math.floor(index / 3) % 2 === 0 ? 'up' : 'down'));
    expect(new Set(story(flapping))).toEqual(new Set(['healthy 0']));
  });

  test('changes its reason at once, without another change', () => {
    const found = records([...times(8, 'down'), 'missing']);
    expect(last(found)).toMatchObject({ trouble: 'Missing', changes: 1 });
  });
});

describe('a crash loop', () => {
  const loop: Look[] = [0, -1, 1, -2, 2, -3, 3];

  test('counts with the third restart, whatever the moment shows, and without a hold', () => {
    expect(story(loop).slice(-2)).toEqual(['unhealthy CrashLoop 1', 'unhealthy CrashLoop 1']);
  });

  test('is told with its restarts and the last error', () => {
    const { message } = records(loop.slice(0, -1)).at(-1) ?? {};
    expect(message).toBe('container web was restarted 3 times; container web: exited with code 1');
  });

  test('lasts while its container is up between two crashes that come later and later', () => {
    // The pause doubles from 1 s to a minute: up for some looks, down for the others, once every 1, 2, 4 … looks.
    const looks = [1, 2, 4, 8, 16, 20, 20, 20].flatMap((gap, index): Look[] => [
      -(index + 1),
      ...times(gap, index + 1),
    ]);
    const told = story([0, ...looks]);
    const begin = told.findIndex((one) => one.includes('CrashLoop'));
    expect(begin).toBe(6); // the look that found the third restart
    expect(new Set(told.slice(begin))).toEqual(new Set(['unhealthy CrashLoop 1']));
  });

  test('ends when no restart came for three times the latest gap, and that counts at once', () => {
    const told = story([...loop, ...times(30, 3)]);
    expect(last(told)).toBe('healthy 2');
    expect(told.filter((one) => one === 'healthy 1')).toEqual([]);
  });

  test('ends with other containers, whose restarts are counted from zero', () => {
    const found = records([...loop, ...times(2, 'up')]);
    expect(last(found)).toMatchObject({ health: 'healthy', restart_count: 0, restarts: [] });
  });

  test('is none where three restarts came in an hour', () => {
    const looks: Look[] = [0, 1, 2, 3];
    expect(new Set(story(looks, { everyMs: HOUR / 3 }))).toEqual(new Set(['healthy 0']));
  });

  test('is believed of a provider that says so without counting restarts', () => {
    const seen = sightOf('up');
    if (seen.kind !== 'seen') throw new Error('it is seen');
    const sight: Sight = { kind: 'seen', status: { ...seen.status, metadata: { crash_loop: 'true' } } };
    expect(nextHealth(undefined, sight, { now: DAWN, holdMs: HOLD })).toMatchObject({
      trouble: 'CrashLoop',
      changes: 1,
    });
  });

  test('is not made of restarts that came before the first look', () => {
    expect(story([31, 31, 31])).toEqual(['healthy 0', 'healthy 0', 'healthy 0']);
  });
});

describe('a provider that cannot be asked', () => {
  test('makes health unknown once that held, and keeps the time of the latest look', () => {
    const found = records(['up', ...times(9, 'unreachable')]);
    expect(last(found)).toMatchObject({
      health: 'unknown',
      trouble: 'Unreachable',
      message: 'connect ECONNREFUSED',
      observed_at: DAWN,
      changes: 1,
    });
  });

  test('leaves the time of a round that looked later than the record says', () => {
    const [known] = records(['up']);
    const lookedAt = addMs(DAWN, HOUR);
    const context = { now: addMs(DAWN, HOUR + 3_000), holdMs: HOLD, lookedAt };
    expect(nextHealth(known, sightOf('unreachable'), context).observed_at).toBe(lookedAt);
  });

  test('is no observation where there never was a look', () => {
    expect(last(records(times(9, 'unreachable'))).observed_at).toBeUndefined();
  });

  test('does not end a crash loop', () => {
    expect(last(records([0, -1, -2, -3, 'unreachable']))).toMatchObject({ trouble: 'CrashLoop' });
  });
});

describe('a wrong clock', () => {
  test.each([
    ['an hour', HOUR],
    ['a day', 24 * HOUR],
  ])('that was ahead by %s delays a change by one hold at most', (_, ahead) => {
    const [before] = records(['up']);
    const early = nextHealth(before, sightOf('down'), { now: addMs(DAWN, ahead), holdMs: HOLD });
    expect(early.pending?.since).toBe(addMs(DAWN, ahead));
    const told = story(times(9, 'down'), { before: early, first: addMs(DAWN, 3_000) });
    expect(last(told)).toBe('unhealthy Unhealthy 1');
  });

  test('does not end a crash loop that it put into the future', () => {
    const before = last(records([0, -1, -2, -3], { first: addMs(DAWN, HOUR) }));
    expect(last(story([3], { before }))).toBe('unhealthy CrashLoop 1');
  });

  test('that was ahead does not keep a crash loop for as long', () => {
    const before = last(records([0, -1, -2, -3], { first: addMs(DAWN, 24 * HOUR) }));
    const told = story(times(60, 3), { before, first: addMs(DAWN, 3_000) });
    expect([told[0], last(told)]).toEqual(['unhealthy CrashLoop 1', 'healthy 2']);
  });

  test('of a step ahead counts a pending change no earlier than the next look', () => {
    const [before, pending] = records(['up', 'down']);
    expect(pending?.health).toBe(before?.health);
    const after = nextHealth(pending, sightOf('up'), { now: addMs(DAWN, HOUR), holdMs: HOLD });
    expect(after).toMatchObject({ health: 'healthy', changes: 0 });
    expect(after.pending).toBeUndefined();
  });
});

describe('the health of a new version', () => {
  test('is unknown until a look, and ends what was wrong with the old one', () => {
    const before = last(records(times(9, 'down')));
    expect(healthOfNewVersion(before, DAWN)).toMatchObject({ health: 'unknown', since: DAWN, changes: 2 });
    expect(healthOfNewVersion(before, DAWN)).not.toHaveProperty('trouble');
    expect(healthOfNewVersion(undefined, DAWN)).toBeUndefined();
  });

  test('was no change where nothing was wrong', () => {
    expect(healthOfNewVersion(last(records(['up'])), DAWN)?.changes).toBe(0);
  });
});
