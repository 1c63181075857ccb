import { expect, test } from 'vitest';
import { relativeTime } from '../../../src/console/components/relative-time.ts';

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
