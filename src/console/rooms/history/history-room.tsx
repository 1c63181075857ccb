import { useSignal } from '@preact/signals';
import { useLocation, useRoute } from 'preact-iso';
import { ask } from '../../actions/asked.ts';
import { possibleActions } from '../../actions/possible.ts';
import { canChange } from '../../api/access.ts';
import { http, read } from '../../api/http.ts';
import { readPages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import type { Tenant } from '../../api/types.ts';
import { MoreButton } from '../../components/more-button.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { TenantFrame } from '../../shell/tenant-frame.tsx';
import { Changes } from '../../specs/changes.tsx';
import { type Compared, comparedOf } from './compared.ts';
import { RevisionRow } from './revision-row.tsx';

/** Revisions that are read at once. */
const PAGE = 50;

/** The revisions of a tenant: what became of each, how any two differ, and the way back. */
export function HistoryRoom() {
  const tenantId = useRoute().params.tenant_id ?? '';
  return <TenantFrame tenantId={tenantId}>{(tenant) => <History key={tenantId} tenant={tenant} />}</TenantFrame>;
}

function History({ tenant }: { tenant: Tenant }) {
  const { tenant_id, revision: newest } = tenant;
  const { query, path, route } = useLocation();
  const pages = useSignal(1);
  const { data, error } = useResource({
    key: `${tenant_id} ${pages.value}`,
    tenantId: tenant_id,
    load: (signal) => readRevisions(tenant_id, pages.value, signal),
  });
  const compared = comparedOf(query, newest);
  const compare = (next: Compared) => route(`${path}?from=${next.from}&to=${next.to}`, true);
  const canRollBack = canChange && possibleActions(tenant, { stop: false }).includes('rollback');
  if (error.value && !data.value) return <ProblemNote title="The history could not be read" error={error.value} />;
  return (
    <div class="history">
      <section aria-labelledby="revisions-title">
        <h2 id="revisions-title">Revisions</h2>
        <table class="rows revisions">
          <thead>
            <tr>
              <th scope="col">Revision</th>
              <th scope="col">Outcome</th>
              <th scope="col">From, to</th>
              <th scope="col">What changed</th>
              <th scope="col">By</th>
              <th scope="col" class="number">
                Made
              </th>
              <th scope="col">
                <span class="unseen">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.value?.items.map((revision) => (
              <RevisionRow
                key={revision.revision}
                revision={revision}
                compared={compared}
                onCompare={compare}
                onRollBack={
                  canRollBack && revision.revision !== newest
                    ? () => ask({ name: 'rollback', tenant, revision: revision.revision })
                    : undefined
                }
              />
            ))}
          </tbody>
        </table>
        {data.value?.hasMore && <MoreButton pages={pages} size={PAGE} />}
      </section>
      {compared.from !== compared.to && <Difference tenantId={tenant_id} {...compared} />}
    </div>
  );
}

function readRevisions(tenant_id: string, pages: number, signal: AbortSignal) {
  return readPages(pages, async (at) => {
    const params = { path: { tenant_id }, query: { limit: PAGE, ...at } };
    const { revisions, next_cursor } = await read(http.GET('/v1/tenants/{tenant_id}/revisions', { params, signal }));
    return { items: revisions, next_cursor };
  });
}

function Difference({ tenantId: tenant_id, from, to }: Compared & { tenantId: string }) {
  const { data, error } = useResource({
    key: `${tenant_id} ${from} ${to}`,
    load: (signal) => {
      const params = { path: { tenant_id }, query: { from, to } };
      return read(http.GET('/v1/tenants/{tenant_id}/revisions/diff', { params, signal }));
    },
  });
  return (
    <section aria-labelledby="difference-title">
      <h2 id="difference-title">
        Revision {from} beside {to}
      </h2>
      {error.value && <ProblemNote title="They could not be compared" error={error.value} />}
      {data.value && <Changes changes={data.value.changes} from={`Revision ${from}`} to={`Revision ${to}`} />}
    </section>
  );
}
