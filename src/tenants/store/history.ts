import { RevisionNotFoundError } from '../../compute/errors.ts';
import { parseOperationId } from '../model/ids.ts';
import type { Operation } from '../model/operation.ts';
import { outcomeOf, type RevisionOutcome } from '../model/revision-outcome.ts';
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

/** A revision, and what became of it. */
export type KnownRevision = Revision & { outcome: RevisionOutcome };

/**
 * Returns revisions of this life of a tenant, newest first. It examines a bounded number of operations, so a page with a
 * next one may be short or empty.
 *
 * The operations that worked towards a revision lie between the one that made it and the one that made the next revision.
 * So the outcome of a revision is known once the operation that made it is read.
 */
export async function revisionsOf(
  store: Store,
  tenant: Tenant,
  { limit, before }: PageOptions,
): Promise<HistoryPage<KnownRevision>> {
  const { desired, outbox_revision, operation, outbox, serving } = tenant;
  const recent = outbox_revision ? [desired, outbox_revision] : [desired];
  const found = new Map(before === undefined ? recent.map((one) => [one.revision, one]) : []);
  const operations = before === undefined ? [operation, ...outbox] : await operationsFrom(store, tenant, before);
  const outcomes = (revisions: Iterable<Revision>): KnownRevision[] =>
    Array.from(revisions, (one) => ({ ...one, outcome: outcomeOf(one.revision, operations, serving?.revision) }));
  let last = before;
  for (let examined = 0; found.size <= limit; examined += PAGE) {
    if (examined >= MAX_EXAMINED) return { entries: outcomes(found.values()), next: last };
    const entries: HistoryEntry[] = await entriesBefore(store, tenant, last, PAGE);
    for (const { revision } of entries) {
      if (revision && recent.every((one) => one.revision !== revision.revision)) found.set(revision.revision, revision);
    }
    operations.push(...entries.map((entry) => entry.operation));
    last = entries.at(-1)?.operation.seq;
    if (entries.length < PAGE) break;
  }
  const page = [...found.values()].slice(0, limit);
  return { entries: outcomes(page), next: found.size > limit ? seqOf(page.at(-1)) : undefined };
}

/** Returns the first operations from a `seq` on, newest first: a page may have ended between those of one revision. */
async function operationsFrom(store: Store, { tenant_id, incarnation }: Tenant, fromSeq: number): Promise<Operation[]> {
  const entries = await store.listHistory(tenant_id, incarnation, { limit: PAGE, fromSeq });
  return entries.map(({ operation }) => operation).reverse();
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
  { tenant_id, incarnation, desired, outbox_revision }: Tenant,
  revision: number,
): Promise<Revision> {
  const recent = [desired, outbox_revision].find((one) => one?.revision === revision);
  if (recent) return recent;
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
