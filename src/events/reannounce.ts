import { InvalidRequestError } from '../compute/errors.ts';
import { toIssues } from '../compute/spec/issues.ts';
import { type Announcement, announcementOf } from '../tenants/model/announcing.ts';
import { PHASES, type Phase } from '../tenants/model/phases.ts';
import type { Store } from '../tenants/store/store.ts';
import type { Publisher } from './publisher.ts';
import type { ReannounceOrder } from './reannounce-order.ts';

/** Reads an order that somebody gave. Throws `InvalidRequestError`. */
export async function readOrder(input: unknown): Promise<ReannounceOrder> {
  const { ReannounceOrder } = await import('./reannounce-order.ts');
  const parsed = ReannounceOrder.safeParse(input);
  if (!parsed.success) throw new InvalidRequestError(toIssues(parsed.error));
  return parsed.data;
}

export interface ReannounceReport {
  announced: number;
  /** Operations whose announcement the bus did not take. */
  failed: string[];
  /** Where to go on from, if time was over. */
  next?: string | undefined;
}

export interface ReannounceDesk {
  store: Store;
  publisher: Publisher;
  /** Whether time is over. */
  isOver(): boolean;
}

/**
 * Announces again every operation that ended since a time and that is still on record, whether or not it was announced before:
 * whoever listens tells repetitions by their `event_id`. It looks at the tenants by index, and reads those that were written
 * since.
 */
export async function reannounce(order: ReannounceOrder, desk: ReannounceDesk): Promise<ReannounceReport> {
  const since = new Date(order.reannounce_since).toISOString();
  const report: ReannounceReport = { announced: 0, failed: [] };
  if (order.tenant_id !== undefined) {
    await tell(order.tenant_id, since, desk, report);
    return report;
  }
  const [first = '', after] = order.from?.split('/') ?? [];
  const begin = Math.max(0, PHASES.indexOf(first as Phase));
  for (const [index, phase] of PHASES.slice(begin).entries()) {
    for await (const { tenant_id, updated_at } of desk.store.tenantsIn(phase, index === 0 ? after : undefined)) {
      if (updated_at < since) continue;
      await tell(tenant_id, since, desk, report);
      if (desk.isOver()) return { ...report, next: `${phase}/${tenant_id}` };
    }
  }
  return report;
}

async function tell(
  tenantId: string,
  since: string,
  { store, publisher }: ReannounceDesk,
  report: ReannounceReport,
): Promise<void> {
  const ended = await endedSince(tenantId, since, store);
  const lost = await publisher.publish(ended);
  report.announced += ended.length - lost.length;
  report.failed.push(...lost.map(({ detail }) => detail.metadata.event_id));
}

async function endedSince(tenantId: string, since: string, store: Store): Promise<Announcement[]> {
  const { tenant } = await store.getTenant(tenantId);
  if (!tenant) return [];
  const history = await store.latestHistory(tenantId, MAX_OPERATIONS);
  const all = [...history.map(({ operation }) => operation).reverse(), ...tenant.outbox, tenant.operation];
  const ended = all.filter(({ ended_at = '' }) => ended_at >= since);
  const distinct = new Map(ended.map((operation) => [operation.operation_id, operation]));
  return [...distinct.values()].map((operation) => announcementOf(operation, tenant));
}

/** How many operations of one tenant are looked at. */
const MAX_OPERATIONS = 1000;
