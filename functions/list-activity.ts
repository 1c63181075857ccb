import { operation } from './runtime/http/operation.ts';
import { ActivityQuery } from './runtime/http/parameters.ts';
import type { ActivityList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-activity',
  query: ActivityQuery,
  async run({ query, tenants, caller }) {
    const page = await tenants.activity({ ...query, caller: caller.owner ?? caller.actor });
    const body: ActivityList = { operations: page.operations, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
