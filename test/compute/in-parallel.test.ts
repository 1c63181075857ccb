import { expect, test } from 'vitest';
import { inParallel } from '../../src/compute/in-parallel.ts';

test('starts items in order, at most `limit` at a time, and returns the results in order', async () => {
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
    begun.push(item);
    underWay += 1;
    most = Math.max(most, underWay);
    for (let turn = 0; turn < item; turn++) await undefined;
    underWay -= 1;
    return item * 10;
  });
  expect(begun).toEqual([5, 1, 4, 2, 3]);
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('returns nothing for no items, and rejects at the first failure', async () => {
  expect(await inParallel([], 4, async () => 1)).toEqual([]);
  const { promise: never } = Promise.withResolvers<never>();
  const failing = inParallel([1, 2], 2, async (item) => (item === 1 ? never : Promise.reject(new Error('no'))));
  await expect(failing).rejects.toThrow('no');
});
