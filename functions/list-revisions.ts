import { operation } from './runtime/http/operation.ts';
import { limitQueryShape, tenantPathShape } from './runtime/http/shapes.ts';
import { viewRevision } from './runtime/http/tenant-view.ts';
import type { RevisionList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-revisions',
  path: tenantPathShape,
  query: limitQueryShape,
  async run({ path, query, tenants }) {
    const revisions = await tenants.revisions(path.tenant_id, query.limit);
    const body: RevisionList = { revisions: revisions.map(viewRevision) };
    return { status: 200, body };
  },
});
