import { expect, test } from 'vitest';
import { relativeTime, timeLeft } from '../../../src/console/components/relative-time.ts';

const now = Date.parse('2026-01-02T00:00:00.000Z');

test.each([
  ['2026-01-02T00:00:00.000Z', '0s'],
  ['2026-01-01T23:59:01.000Z', '59s'],
  ['2026-01-01T23:59:00.000Z', '1m'],
  ['2026-01-01T22:00:01.000Z', '1h'],
  ['2025-12-31T12:00:00.000Z', '1d'],
  ['2026-01-02T00:00:09.000Z', '0s'],
])('%s is %s ago; a clock that is behind makes no negative time', (at, text) => {
  expect(relativeTime(at, now)).toBe(text);
});

test.each([
  ['2026-01-02T00:04:12.000Z', '4m 12s'],
  ['2026-01-02T00:00:09.500Z', '10s'],
  ['2026-01-03T02:00:00.000Z', '1d 2h'],
  ['2026-01-02T00:00:00.000Z', ''],
  ['not a time', ''],
])('until %s it is %j', (until, text) => {
  expect(timeLeft(until, now)).toBe(text);
});
