import { operation } from './runtime/operation.ts';
import { LimitQuery, TenantPath } from './runtime/parameters.ts';
import { viewRevision } from './runtime/tenant-view.ts';

export const handler = operation({
  name: 'list-revisions',
  path: TenantPath,
  query: LimitQuery,
  async run({ path, query, tenants }) {
    const revisions = await tenants.revisions(path.tenant_id, query.limit);
    return { status: 200, body: { revisions: revisions.map(viewRevision) } };
  },
});
