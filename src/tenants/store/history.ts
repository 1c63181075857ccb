import { RevisionNotFoundError } from '../../compute/errors.ts';
import { parseOperationId } from '../model/ids.ts';
import type { Operation } from '../model/operation.ts';
import type { HistoryEntry, Revision, Tenant } from '../model/tenant.ts';
import type { Store } from './store.ts';

const PAGE = 25;
/** How many entries of a history a page of revisions examines: most operations make none. */
const MAX_EXAMINED = 500;

/** A part of a list. `next`: the operation, by its `seq`, before which the next part begins; undefined at the end. */
export interface HistoryPage<T> {
  entries: T[];
  next: number | undefined;
}

interface PageOptions {
  limit: number;
  /** Only what belongs to operations before this `seq`. Default: the latest. */
  before?: number | undefined;
}

/**
 * Returns revisions of this life of a tenant, newest first. It examines a bounded number of operations, so a page with a
 * next one may be short or empty.
 */
export async function revisionsOf(
  store: Store,
  tenant: Tenant,
  { limit, before }: PageOptions,
): Promise<HistoryPage<Revision>> {
  const { desired } = tenant;
  const found: Revision[] = before === undefined ? [desired] : [];
  let last = before;
  for (let examined = 0; found.length <= limit; examined += PAGE) {
    if (examined >= MAX_EXAMINED) return { entries: found, next: last };
    const entries: HistoryEntry[] = await entriesBefore(store, tenant, last, PAGE);
    found.push(
      ...entries.flatMap(({ revision }) => revision ?? []).filter(({ revision }) => revision !== desired.revision),
    );
    last = entries.at(-1)?.operation.seq;
    if (entries.length < PAGE) break;
  }
  const page = found.slice(0, limit);
  return { entries: page, next: found.length > limit ? seqOf(page.at(-1)) : undefined };
}

/** Returns operations of this life of a tenant, newest first, including the running one. */
export async function operationsOf(
  store: Store,
  tenant: Tenant,
  { limit, before }: PageOptions,
): Promise<HistoryPage<Operation>> {
  const kept = (await entriesBefore(store, tenant, before, limit + 1)).map(({ operation }) => operation);
  const recent = [tenant.operation, ...tenant.outbox].filter(({ seq }) => before === undefined || seq < before);
  const all = [...new Map([...recent, ...kept].map((operation) => [operation.seq, operation])).values()];
  const entries = all.sort((a, b) => b.seq - a.seq).slice(0, limit);
  return { entries, next: all.length > limit ? entries.at(-1)?.seq : undefined };
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

function entriesBefore(
  store: Store,
  { tenant_id, incarnation }: Tenant,
  beforeSeq: number | undefined,
  limit: number,
): Promise<HistoryEntry[]> {
  return store.listHistory(tenant_id, incarnation, { limit, beforeSeq });
}

/** Returns the `seq` of the operation that made a revision. */
function seqOf(revision: Revision | undefined): number | undefined {
  return parseOperationId(revision?.operation_id ?? '')?.seq;
}
