import * as z from 'zod';
import { TenantSummary } from '../src/tenants/summary.ts';
import { operation } from './runtime/operation.ts';
import { ListQuery } from './runtime/parameters.ts';

/** A page of tenants. */
export const TenantList = z.object({
  tenants: z.array(TenantSummary),
  next_cursor: z.string().nullable().describe('For the next page; null on the last one'),
});
type TenantList = z.output<typeof TenantList>;

export const handler = operation({
  name: 'list-tenants',
  query: ListQuery,
  async run({ query, tenants, caller }) {
    const { label, ...filters } = query;
    const page = await tenants.list({ ...filters, labels: label, caller: caller.actor });
    const body: TenantList = { tenants: page.tenants, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
