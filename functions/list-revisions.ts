import { operation } from './runtime/http/operation.ts';
import { PageQuery, TenantPath } from './runtime/http/parameters.ts';
import { viewRevision } from './runtime/http/record-views.ts';
import type { RevisionList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-revisions',
  path: TenantPath,
  query: PageQuery,
  async run({ path, query, tenants, caller }) {
    const page = await tenants.revisionPage(path.tenant_id, { ...query, caller: caller.owner ?? caller.actor });
    const body: RevisionList = { revisions: page.entries.map(viewRevision), next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
