import { describe } from 'vitest';
import type { Table } from '../../../src/tenants/store/table.ts';
import { activityRules } from './rules/activity.ts';
import { cursorRules } from './rules/cursors.ts';
import { historyRules } from './rules/history.ts';
import { itemRules } from './rules/items.ts';
import { listRules } from './rules/lists.ts';
import { queryRules } from './rules/queries.ts';
import { recordRules } from './rules/records.ts';
import { tenantRules } from './rules/tenants.ts';

/** Returns an empty table. */
export type CreateTable = () => Promise<Table>;

/**
 * The contract of `Table` and `Store` as an executable suite. `items` and `queries` test any table, the others test the
 * store on it. Use it in the test file of a table:
 *
 *   storeSuite('dynalite', () => createTable());
 */
export function storeSuite(name: string, createTable: CreateTable): void {
  describe(`the store on ${name}`, () => {
    describe('items', () => itemRules(createTable));
    describe('queries', () => queryRules(createTable));
    describe('tenants', () => tenantRules(createTable));
    describe('history', () => historyRules(createTable));
    describe('idempotency keys and orphans', () => recordRules(createTable));
    describe('lists', () => listRules(createTable));
    describe('activity', () => activityRules(createTable));
    describe('cursors', () => cursorRules(createTable));
  });
}
