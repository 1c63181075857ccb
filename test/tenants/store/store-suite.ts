import { describe } from 'vitest';
import type { Table } from '../../../src/tenants/store/table.ts';
import { cursorRules } from './rules/cursors.ts';
import { historyRules } from './rules/history.ts';
import { itemRules } from './rules/items.ts';
import { listRules } from './rules/lists.ts';
import { queryRules } from './rules/queries.ts';
import { recordRules } from './rules/records.ts';
import { tenantRules } from './rules/tenants.ts';

/** Makes a table with nothing in it. */
export type CreateTable = () => Promise<Table>;

/**
 * What `Table` and `Store` promise, as an executable suite: `items` and `queries` are about any table, the others about the
 * store on it. In the test file of a table:
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
    describe('cursors', () => cursorRules(createTable));
  });
}
