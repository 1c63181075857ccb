import { expect, test } from 'vitest';
import { campaign } from './campaign.ts';

// A sample of what `npm run test:faults` does in full. A failure names the command that repeats it.
test('whatever is killed, delayed, repeated or broken, nothing is lost, made twice, leaked or left undone', async () => {
  const budget = { crashSeeds: 1, crashStride: 11, randomSeeds: 20, deliverySeeds: 4, deliveryTimes: 3 };
  const { failures, faults, operations } = await campaign(budget);
  expect(failures).toEqual([]);
  expect(operations).toBeGreaterThan(100);
  for (const number of ['F01', 'F02', 'F03', 'F04', 'F05', 'F07']) expect(faults[number], number).toBeGreaterThan(0);
}, 120_000);
