import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withDeadline } from '../../../functions/runtime/deadline.ts';
import { TimeoutError } from '../../../src/index.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const never = () => new Promise<never>(() => {});

test('work that ends in time leaves no timer behind', async () => {
  expect(await withDeadline(10_000, async () => 'done')).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

test('the error of the work is passed on as the same object', async () => {
  const error = new Error('own');
  await expect(withDeadline(10_000, () => Promise.reject(error))).rejects.toBe(error);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  [3_000, 2_500],
  [900_000, 25_000],
  [100, 0],
])('with %i ms left, work that ignores its signal is given %i ms', async (remaining, given) => {
  let signal: AbortSignal | undefined;
  const answer = withDeadline(remaining, (its) => {
    signal = its;
    return never();
  });
  const refused = expect(answer).rejects.toThrow(TimeoutError);
  if (given > 0) {
    await vi.advanceTimersByTimeAsync(given - 1);
    expect(signal?.aborted).toBe(false);
  }
  await vi.advanceTimersByTimeAsync(1);
  await refused;
  expect(signal?.reason).toBeInstanceOf(TimeoutError);
});
