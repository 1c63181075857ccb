import { operation } from './runtime/operation.ts';
import { ListQuery } from './runtime/parameters.ts';

export const handler = operation({
  name: 'list-tenants',
  query: ListQuery,
  async run({ query, tenants, caller }) {
    const { label, ...filters } = query;
    const page = await tenants.list({ ...filters, labels: label, caller: caller.actor });
    return { status: 200, body: { tenants: page.tenants, next_cursor: page.next_cursor ?? null } };
  },
});
