import { parse } from '../../compute/spec/shape.ts';
import type { TenantSummary } from '../model/summary.ts';
import type { HistoryEntry, Tenant } from '../model/tenant.ts';
import type { Rates } from '../rate/rates.ts';
import { historyEntryShape, pacesShape, tenantShape, tenantSummaryShape } from '../shapes.ts';
import type { Item } from './table.ts';

/** The tenant in an item of the table, or of its change stream. */
export function readTenant({ data }: Pick<Item, 'data'>): Promise<Tenant> {
  return parse(tenantShape, JSON.parse(data));
}

/** An entry of a history. */
export function readEntry({ data }: Pick<Item, 'data'>): Promise<HistoryEntry> {
  return parse(historyEntryShape, JSON.parse(data));
}

/** What a list shows of a tenant, from the text in the index. */
export function readSummary(text: string): Promise<TenantSummary> {
  return parse(tenantSummaryShape, JSON.parse(text));
}

/** What is known of a backend that throttles. */
export function readRates(text: string): Promise<Rates> {
  return parse(pacesShape, JSON.parse(text));
}
