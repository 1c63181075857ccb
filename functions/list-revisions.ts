import * as z from 'zod';
import { operation } from './runtime/operation.ts';
import { LimitQuery, TenantPath } from './runtime/parameters.ts';
import { RevisionView, viewRevision } from './runtime/tenant-view.ts';

/** Revisions, newest first. */
export const RevisionList = z.object({ revisions: z.array(RevisionView) });
type RevisionList = z.output<typeof RevisionList>;

export const handler = operation({
  name: 'list-revisions',
  path: TenantPath,
  query: LimitQuery,
  async run({ path, query, tenants }) {
    const revisions = await tenants.revisions(path.tenant_id, query.limit);
    const body: RevisionList = { revisions: revisions.map(viewRevision) };
    return { status: 200, body };
  },
});
