import { operation } from './runtime/http/operation.ts';
import { LimitQuery, TenantPath } from './runtime/http/parameters.ts';
import { viewRevision } from './runtime/http/record-views.ts';
import type { RevisionList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-revisions',
  path: TenantPath,
  query: LimitQuery,
  async run({ path, query, tenants }) {
    const revisions = await tenants.revisions(path.tenant_id, query.limit);
    const body: RevisionList = { revisions: revisions.map(viewRevision) };
    return { status: 200, body };
  },
});
