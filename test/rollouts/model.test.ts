import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patchSpec } from '../../src/rollouts/model/merge-patch.ts';
import { OutcomeList, type OutcomeState } from '../../src/rollouts/model/outcome-list.ts';
import { readPlanRequest, readRolloutRequest } from '../../src/rollouts/model/request.ts';
import { toSpec } from '../../src/rollouts/model/to-spec.ts';
import { waveEnds, waveIssues } from '../../src/rollouts/model/waves.ts';
import { aContainer, aSpec } from '../support/specs.ts';

const states: OutcomeState[] = ['pending', 'updating', 'succeeded', 'failed', 'skipped', 'undone', 'unrestored'];

test('outcomes keep what was set, in any order and however often', () => {
  const sets = fc.array(fc.tuple(fc.nat(39), fc.constantFrom(...states)), { maxLength: 80 });
  fc.assert(
    fc.property(sets, (changes) => {
      const expected = Array.from({ length: 40 }, (): OutcomeState => 'pending');
      let list = OutcomeList.of([[40, 'pending']]);
      for (const [position, state] of changes) {
        expected[position] = state;
        list.set(position, state);
        list.set(position, state);
        list = new OutcomeList(list.toString());
      }
      expect(expected.map((_, position) => list.at(position))).toEqual(expected);
      expect(Object.values(list.counts()).reduce((sum, count) => sum + count, 0)).toBe(40);
    }),
  );
});

test('100,000 outcomes that alternate fit into half of an item', () => {
  const list = new OutcomeList('1s1k'.repeat(50_000));
  expect(list.length).toBe(100_000);
  expect(list.toString().length).toBeLessThanOrEqual(200 * 1024);
});

describe('a change', () => {
  const spec = aSpec({
    containers: [aContainer({ env: { A: '1', B: '2' } }), aContainer({ name: 'worker' })],
    labels: { x: '1' },
  });

  test.each([
    [{ labels: { y: '2' } }, { ...spec, labels: { x: '1', y: '2' } }],
    [{ labels: null }, { ...spec, labels: undefined }],
    [{ containers: { worker: null } }, { ...spec, containers: [spec.containers[0]] }],
    [
      { containers: { web: { env: { A: null, C: '3' } } } },
      { ...spec, containers: [aContainer({ env: { B: '2', C: '3' } }), spec.containers[1]] },
    ],
  ])('%j is merged by name', (change, expected) => {
    expect(patchSpec(spec, change)).toEqual({ kind: 'patched', spec: expected });
  });

  test('of a container that is not there is about nothing', () => {
    expect(patchSpec(spec, { containers: { db: { image: 'db:1' } } })).toEqual({ kind: 'lacks', container: 'db' });
    expect(patchSpec(spec, { containers: { db: null } })).toMatchObject({ kind: 'patched' });
    expect(patchSpec(spec, JSON.parse('{"containers":{"__proto__":{"image":"x"}}}'))).toMatchObject({ kind: 'lacks' });
  });
});

describe('waves', () => {
  test('are cumulative, shares are rounded up, and numbers end at all', () => {
    expect(waveEnds([{ size: '1' }, { size: '10%' }, { size: '100%' }], 30)).toEqual([1, 3, 30]);
    expect(waveEnds([{ size: '1' }, { size: '10%' }, { size: '100%' }], 1)).toEqual([1, 1, 1]);
    expect(waveEnds([{ size: '5' }, { size: '100%' }], 3)).toEqual([3, 3]);
  });

  test('that shrink or leave tenants out do not fit', () => {
    const waves = [
      { name: 'a', size: '50' },
      { name: 'b', size: '10%' },
      { name: 'c', size: '100%' },
    ];
    expect(waveIssues(waves, 100)).toMatchObject([
      { pointer: '/waves/1/size', message: expect.stringContaining('shrinks') },
    ]);
    expect(waveIssues([{ name: 'a', size: '50%' }], 100)).toMatchObject([
      { message: expect.stringContaining('leave out 50') },
    ]);
  });
});

describe('a request', () => {
  const request = { rollout_id: 'app', select: { provider: 'ecs' }, change: { labels: { v: '2' } } };

  test('has defaults', () => {
    expect(toSpec(readRolloutRequest(request))).toMatchObject({
      waves: [{ size: '1' }, { size: '10%' }, { size: '100%' }],
      max_in_flight: 10,
      failure_budget: 0,
      on_failure: 'pause',
    });
  });

  test.each([
    [{ select: {} }, '/select', 'select has no condition'],
    [{ select: { labels: {}, tenant_ids: [] } }, '/select', 'select has no condition'],
    [{ change: {} }, '/change', 'change is empty'],
    [{ change: { tenant_id: 'x' } }, '/change/tenant_id', 'cannot change'],
    [{ change: { provider_type: 'x' } }, '/change/provider_type', 'cannot change'],
    [{ change: { containers: [] } }, '/change/containers', 'an object keyed by name'],
    [{ change: { containers: { web: { name: 'x' } } } }, '/change/containers/web/name', 'cannot change'],
    [{ waves: [{ size: '50%' }, { size: '10%' }] }, '/waves/1/size', 'shrinks from 50% to 10%'],
    [{ waves: [{ size: '110%' }] }, '/waves/0/size', 'from 1% to 100%'],
    [{ waves: [{ size: '0' }] }, '/waves/0/size', 'a number of tenants from 1'],
    [{ failure_budget: -1 }, '/failure_budget', 'must be a number'],
    [{ rollout_id: 'App' }, '/rollout_id', 'lower-case'],
    [{ surprise: 1 }, '/surprise', 'unknown field'],
    [{ not_before: '2026-01-02T00:00:00Z', not_after: '2026-01-01T00:00:00Z' }, '/not_after', 'later than not_before'],
  ])('with %j is refused', (mistake, pointer, message) => {
    let thrown: { issues?: { pointer: string; message: string }[] } = {};
    try {
      toSpec(readPlanRequest({ ...request, ...mistake }));
    } catch (error) {
      thrown = error as typeof thrown;
    }
    expect(thrown.issues).toMatchObject([{ pointer, message: expect.stringContaining(message) }]);
  });
});
