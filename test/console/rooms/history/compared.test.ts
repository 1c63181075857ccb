import { expect, test } from 'vitest';
import { comparedOf } from '../../../../src/console/rooms/history/compared.ts';

test.each([
  [{}, 4, { from: 3, to: 4 }],
  [{}, 1, { from: 1, to: 1 }],
  [{ from: '4', to: '2' }, 4, { from: 4, to: 2 }],
  [{ to: '2' }, 4, { from: 1, to: 2 }],
  [{ from: '<b>', to: '9' }, 4, { from: 3, to: 4 }],
])('%j of %i revisions compares %j', (query, newest, compared) => {
  expect(comparedOf(query as Record<string, string>, newest)).toEqual(compared);
});
