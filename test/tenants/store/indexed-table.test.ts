import { createIndexedTable } from '../../support/indexed-table.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('the indexed table in memory', async () => createIndexedTable());
