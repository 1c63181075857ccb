import { readInput } from '../compute/spec/lazy.ts';
import { type Announcement, announcementOf } from '../tenants/model/announcing.ts';
import { PHASES, type Phase } from '../tenants/model/phases.ts';
import type { Store } from '../tenants/store/store.ts';
import type { Publisher } from './publisher.ts';
import type { ReannounceOrder } from './reannounce-order.ts';

/** Operations of one tenant that are announced again at most. */
const MAX_OPERATIONS = 1000;

/** Reads an order. Throws `InvalidRequestError` with every issue. */
export function readOrder(input: unknown): Promise<ReannounceOrder> {
  return readInput(async () => (await import('./reannounce-order.ts')).ReannounceOrder, input);
}

export interface ReannounceReport {
  announced: number;
  /** Event ids that the bus did not take. */
  failed: string[];
  /** Set if time ran out: the `from` of the order that continues. */
  next?: string | undefined;
}

export interface ReannounceDependencies {
  store: Store;
  publisher: Publisher;
  /** Tells whether time has run out. */
  isOver(): boolean;
}

/**
 * Announces again every recorded operation that ended since a time, announced before or not. Idempotent for consumers: an
 * announcement keeps its `event_id`. Reads tenants by the index of phases, and only those that were written since.
 */
export async function reannounce(
  order: ReannounceOrder,
  dependencies: ReannounceDependencies,
): Promise<ReannounceReport> {
  const since = new Date(order.reannounce_since).toISOString();
  const report: ReannounceReport = { announced: 0, failed: [] };
  if (order.tenant_id !== undefined) {
    await announceTenant(order.tenant_id, since, dependencies, report);
    return report;
  }
  const [first = '', after] = order.from?.split('/') ?? [];
  const begin = Math.max(0, PHASES.indexOf(first as Phase));
  for (const [index, phase] of PHASES.slice(begin).entries()) {
    const summaries = dependencies.store.tenantsIn(phase, index === 0 ? after : undefined);
    for await (const { tenant_id, updated_at } of summaries) {
      if (updated_at < since) continue;
      await announceTenant(tenant_id, since, dependencies, report);
      if (dependencies.isOver()) return { ...report, next: `${phase}/${tenant_id}` };
    }
  }
  return report;
}

async function announceTenant(
  tenantId: string,
  since: string,
  { store, publisher }: ReannounceDependencies,
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
