import { describe, expect, test } from 'vitest';
import { hashJson } from '../../../src/compute/spec/json.ts';
import { replaceAt } from '../../support/json-pointer.ts';
import { issuesOf } from '../../support/spec-issues.ts';
import { aFullSpec } from '../../support/specs.ts';
import { worstSpecs } from '../../support/worst-specs.ts';

/**
 * The unit of time in these tests is a round trip of a 64 KB document through JSON, measured in the same run; it takes about
 * a millisecond. The worst specification takes less than five round trips; the rest is margin. The bench prints the numbers.
 */
const document = JSON.stringify(
  Array.from({ length: 1600 }, (_, index) => ({ name: `NAME_${index}`, value: 'a value' })),
);
const allowed = 20;

function roundTrip(): string {
  return JSON.stringify(JSON.parse(document));
}

function time(run: () => unknown): number {
  const begun = performance.now();
  run();
  return performance.now() - begun;
}

/**
 * Returns the shortest time of a run as a multiple of the shortest round trip. Measures both alternately, at most 30 times,
 * until the ratio is below the bound: a busy machine delays some runs, but not all of them.
 */
function ratioToRoundTrip(run: () => unknown, bound = allowed): number {
  let ratio = Number.POSITIVE_INFINITY;
  let [shortest, floor] = [ratio, ratio];
  for (let round = 0; round < 30 && ratio >= bound; round++) {
    floor = Math.min(floor, time(roundTrip));
    shortest = Math.min(shortest, time(run));
    ratio = shortest / floor;
  }
  return ratio;
}

test('the reference document has about 64 KB', () => {
  expect(document.length).toBeGreaterThan(60_000);
  expect(document.length).toBeLessThan(70_000);
});

test.each(worstSpecs())('%s: validation takes a few times as long as parsing', (_name, spec) => {
  expect(ratioToRoundTrip(() => issuesOf(spec))).toBeLessThan(allowed);
});

test('the content address of a full specification takes less than a round trip', () => {
  expect(ratioToRoundTrip(() => hashJson(aFullSpec()), 1)).toBeLessThan(1);
});

describe('texts that provoke backtracking are refused quickly', () => {
  const texts = [
    '/tenant_id',
    '/provider_type',
    '/containers/0/name',
    '/containers/0/image',
    '/containers/0/command/0',
    '/containers/0/ports/0/name',
    '/containers/0/health_check/http_path',
    '/networking/hostname',
    '/networking/subnets/0',
    '/secrets/0/source',
    '/secrets/0/key',
    '/secrets/0/env_var',
    '/labels/team',
  ];
  const units = ['a', '0', '-', '.', '_', '__', '/', 'a-', 'a.', 'a/', 'a:', 'a@', ' ', '%', '{{', '\\', 'é', '\u0000'];
  const lengths = [500, 60_000];

  test.each(texts)('%s', (pointer) => {
    const specs = units.flatMap((unit) =>
      lengths.map((length) => replaceAt(aFullSpec(), pointer, `${unit.repeat(length / Buffer.byteLength(unit))}!`)),
    );
    for (const spec of specs) expect(ratioToRoundTrip(() => issuesOf(spec))).toBeLessThan(allowed);
  });

  test.each(['/containers/0/env', '/labels'])('a key of %s', (pointer) => {
    for (const unit of units) {
      const key = `${unit.repeat(50_000 / unit.length)}!`;
      const spec = replaceAt(aFullSpec(), pointer, { [key]: 'x' });
      expect(issuesOf(spec)).not.toEqual([]);
      expect(ratioToRoundTrip(() => issuesOf(spec))).toBeLessThan(allowed);
    }
  });
});
