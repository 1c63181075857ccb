import { RevisionNotFoundError } from '../../compute/errors.ts';
import type { Operation } from '../model/operation.ts';
import type { Revision, Tenant } from '../model/tenant.ts';
import type { Store } from './store.ts';

const PAGE = 25;

/** Returns the revisions of this life of a tenant, newest first. */
export async function revisionsOf(store: Store, tenant: Tenant, limit: number): Promise<Revision[]> {
  const entries = await store.listHistory(tenant.tenant_id, tenant.incarnation, { limit });
  const older = entries.flatMap(({ revision }) =>
    revision && revision.revision !== tenant.desired.revision ? [revision] : [],
  );
  return [tenant.desired, ...older].slice(0, limit);
}

/** Returns the operations of this life of a tenant, newest first, including the running one. */
export async function operationsOf(store: Store, tenant: Tenant, limit: number): Promise<Operation[]> {
  const entries = await store.listHistory(tenant.tenant_id, tenant.incarnation, { limit });
  const ids = new Set(entries.map(({ operation }) => operation.operation_id));
  const recent = [tenant.operation, ...tenant.outbox].filter(({ operation_id }) => !ids.has(operation_id));
  return [...recent, ...entries.map(({ operation }) => operation)].sort((a, b) => b.seq - a.seq).slice(0, limit);
}

/** Returns one revision of this life. Throws `RevisionNotFoundError`. */
export async function findRevision(
  store: Store,
  { tenant_id, incarnation, desired }: Tenant,
  revision: number,
): Promise<Revision> {
  if (desired.revision === revision) return desired;
  for (let fromSeq = 1; ; ) {
    const entries = await store.listHistory(tenant_id, incarnation, { limit: PAGE, fromSeq });
    const found = entries.find((entry) => entry.revision?.revision === revision)?.revision;
    if (found) return found;
    if (entries.length < PAGE) throw new RevisionNotFoundError(`tenant ${tenant_id} has no revision ${revision}`);
    fromSeq = (entries.at(-1)?.operation.seq ?? fromSeq) + 1;
  }
}
