import { operation } from './runtime/http/operation.ts';
import { ListQuery } from './runtime/http/parameters.ts';
import type { TenantList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-tenants',
  query: ListQuery,
  async run({ query, tenants, caller }) {
    const { label, ...filters } = query;
    const page = await tenants.list({ ...filters, labels: label, caller: caller.owner ?? caller.actor });
    const body: TenantList = { tenants: page.tenants, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
