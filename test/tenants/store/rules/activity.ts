import { expect, test } from 'vitest';
import { tombstoneTtl } from '../../../../src/tenants/model/tenant-state.ts';
import type { ActivityFilter } from '../../../../src/tenants/store/activity.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { anOperation, aReadyTenant, DAWN } from '../../../support/tenants.ts';
import type { CreateTable } from '../store-suite.ts';

/** Returns the time so many minutes after dawn. */
function minute(n: number): string {
  return new Date(Date.parse(DAWN) + n * 60_000).toISOString();
}

/** Reads the activity to its end. */
async function readAll(store: Store, filter: ActivityFilter): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listActivity({ ...filter, caller: 'tests', cursor });
    pages.push(page.operations.map(({ operation_id }) => operation_id));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return pages;
}

export function activityRules(createTable: CreateTable): void {
  test('operations of all tenants are listed by the time of their request, newest first, each once', async () => {
    const store = new Store(await createTable());
    for (const [n, id] of ['a', 'b', 'c'].entries()) {
      const ended = anOperation(1, { tenant_id: id, requested_at: minute(n) });
      const latest = anOperation(2, { tenant_id: id, requested_at: minute(10 - n), type: 'update', state: 'running' });
      await store.putTenant({ ...aReadyTenant({ id }), operation: latest }, 0);
      await store.putHistory({ operation: ended });
    }
    // The latest operation of `a` has just moved into the history: the tenant's item still contains it.
    const { tenant } = await store.getTenant('a');
    if (tenant) await store.putHistory({ operation: tenant.operation });
    const ids = (all: string[][]) => all.flat().map((id) => id.replace(/\..*\./, ''));
    const newestFirst = ['a2', 'b2', 'c2', 'c1', 'b1', 'a1'];
    for (const limit of [1, 2, 3, 100]) {
      const pages = await readAll(store, { limit });
      expect(ids(pages), `limit ${limit}`).toEqual(newestFirst);
      expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(limit);
    }
    expect(ids(await readAll(store, { limit: 2, state: 'running' }))).toEqual(['a2', 'b2', 'c2']);
    expect(ids(await readAll(store, { limit: 2, type: 'provision' }))).toEqual(['c1', 'b1', 'a1']);
    expect(ids(await readAll(store, { limit: 2, type: 'update', state: 'failed' }))).toEqual([]);
  });

  test('an entry of the activity tells who wanted what and how it ended, and nothing of the specification', async () => {
    const store = new Store(await createTable());
    const error = {
      code: 'update_failed' as const,
      fault: 'provider' as const,
      retryable: true,
      usable: true,
      message: 'm'.repeat(1000),
      hint: 'hint',
    };
    const failed = anOperation(7, { state: 'failed', ended_at: minute(1), message: 'failed', error });
    await store.putHistory({ operation: failed, revision: aReadyTenant().desired });
    const { operations } = await store.listActivity({ limit: 10, caller: 'tests' });
    const { operation_id, tenant_id, incarnation, type, revision, actor, requested_at } = failed;
    expect(operations).toEqual([
      {
        ...{ operation_id, tenant_id, incarnation, type, revision, actor, requested_at },
        state: 'failed',
        ended_at: minute(1),
        message: 'failed',
        error: { code: 'update_failed', message: `${'m'.repeat(255)}…` },
      },
    ]);
  });

  test('an operation whose time to live is over is no longer listed', async () => {
    let now = Date.parse(DAWN);
    const store = new Store(await createTable(), () => now);
    await store.putHistory({ operation: anOperation(1), ttl: tombstoneTtl(DAWN) });
    expect((await readAll(store, { limit: 5 })).flat()).toHaveLength(1);
    now = tombstoneTtl(DAWN) * 1000 + 1;
    expect((await readAll(store, { limit: 5 })).flat()).toEqual([]);
  });

  test('a cursor belongs to its caller and its filter', async () => {
    const store = new Store(await createTable());
    for (let seq = 1; seq < 9; seq += 1) await store.putHistory({ operation: anOperation(seq) });
    const { next_cursor: cursor } = await store.listActivity({ limit: 2, caller: 'alice' });
    expect((await store.listActivity({ limit: 2, caller: 'alice', cursor })).operations).toHaveLength(2);
    await expect(store.listActivity({ limit: 2, caller: 'bob', cursor })).rejects.toThrow('cursor does not belong');
    const other = store.listActivity({ limit: 2, caller: 'alice', state: 'failed', cursor });
    await expect(other).rejects.toThrow('cursor does not belong');
  });
}
