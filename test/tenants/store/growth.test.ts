import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoDBTable } from '../../../src/tenants/store/dynamodb-table.ts';
import { countCalls, type TableCalls } from '../../support/counting-client.ts';
import { type DynaliteServer, startDynalite } from '../../support/dynalite-server.ts';
import { growStore } from './grown-store.ts';
import { createPopulatedStore, type PopulatedStore } from './populated-store.ts';

const SIZES = [550, 1100];

/** The cost of each request at each size. */
const costs = new Map<string, TableCalls[]>();

let server: DynaliteServer | undefined;

beforeAll(async () => {
  server = await startDynalite();
  const { client, calls } = countCalls(server.client);
  const table = createDynamoDBTable({ tableName: server.tableName, client: async () => client });
  const populated = createPopulatedStore({ table, calls });
  for (const size of SIZES) {
    await populated.growTo(size);
    for (const [name, cost] of await countAll(populated)) costs.set(name, [...(costs.get(name) ?? []), cost]);
  }
}, 120_000);

afterAll(() => server?.close());

async function countAll({ workloads, calls }: PopulatedStore): Promise<[name: string, TableCalls][]> {
  const counted: [string, TableCalls][] = [];
  for (const { name, run } of workloads) {
    // The first list also loads the key that signs cursors.
    if (name.startsWith('list')) await run();
    const before = { ...calls };
    await run();
    const { reads, writes, examined } = calls;
    counted.push([
      name,
      { reads: reads - before.reads, writes: writes - before.writes, examined: examined - before.examined },
    ]);
  }
  return counted;
}

test('no request makes more calls or examines more items with twice as many tenants', () => {
  expect(costs.size).toBeGreaterThan(0);
  for (const [name, [few, many]] of costs) expect(many, name).toEqual(few);
});

describe('with a hundred times as many tenants', () => {
  const count = async (size: number) => {
    const { questions, calls } = await growStore(size);
    const counted: Record<string, typeof calls> = {};
    for (const { name, before, run, after } of questions) {
      await before?.();
      const from = { ...calls };
      await run();
      counted[name] = { reads: calls.reads - from.reads, writes: calls.writes - from.writes };
      await after?.();
    }
    return counted;
  };

  test('no request and no sweep makes more calls; those of a sweep follow the unfinished work', async () => {
    const few = await count(100);
    expect(few).toMatchObject({
      'sweep, 0 unfinished': { reads: 1, writes: 0 },
      'sweep, 20 unfinished': { reads: 1 + 20, writes: 2 * 20 },
    });
    expect(await count(10_000)).toEqual(few);
  });
});

test('a page is one read, of what it shows or of 500 tenants where it filters, and one for each provider', () => {
  const cost = (name: string) => costs.get(name)?.at(-1);
  // The record of the rounds that look at the tenants of a provider: the page shows those of two.
  expect(cost('list, a page of 50')).toEqual({ reads: 3, writes: 0, examined: 50 });
  expect(cost('list, by provider')).toEqual({ reads: 2, writes: 0, examined: 50 });
  expect(cost('list, by label')).toEqual({ reads: 2, writes: 0, examined: 500 });
  expect(cost('list, by phase and provider')).toEqual({ reads: 2, writes: 0, examined: 500 });
  // An operation may be in the index twice.
  expect(cost('list, the activity')).toEqual({ reads: 1, writes: 0, examined: 100 });
  expect(cost('list, the failed activity')).toEqual({ reads: 1, writes: 0, examined: 500 });
  expect(cost('what is due (20 tenants)')).toEqual({ reads: 1, writes: 0, examined: 20 });
});

test('a whole provision is at most 3 writes and 2 reads, and a status at most 1 read', () => {
  for (const name of ['provision', 'provision, with a key']) {
    const { reads = 9, writes = 9 } = costs.get(name)?.at(-1) ?? {};
    expect(reads, name).toBeLessThanOrEqual(2);
    expect(writes, name).toBeLessThanOrEqual(3);
  }
  for (const name of ['get a tenant', 'status', 'reconcile a settled tenant']) {
    expect(costs.get(name)?.at(-1), name).toMatchObject({ reads: 1, writes: 0 });
  }
});
