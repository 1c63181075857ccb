import { exists } from '../../tenants/model/phases.ts';
import type { IndexedSummary } from '../../tenants/model/summary.ts';
import type { Store } from '../../tenants/store/store.ts';
import type { Selection } from '../model/rollout.ts';

/** Yields the tenants of a selection in the order of their ids, those after an id. Reads an index, or single items. */
export async function* selectedTenants(
  store: Store,
  select: Selection,
  after?: string,
): AsyncGenerator<IndexedSummary> {
  for await (const summary of candidates(store, select, after)) if (isSelected(summary, select)) yield summary;
}

async function* candidates(store: Store, select: Selection, after?: string): AsyncGenerator<IndexedSummary> {
  if (!select.tenant_ids) {
    yield* select.provider ? store.tenantsOf(select.provider, after) : store.allTenants(after);
    return;
  }
  for (const id of select.tenant_ids) {
    if (after !== undefined && id <= after) continue;
    const found = await store.getSummary(id);
    if (found) yield found.summary;
  }
}

/** Returns true for a tenant for which all conditions of a selection hold. */
export function isSelected(
  summary: Pick<IndexedSummary, 'tenant_id' | 'phase' | 'revision' | 'provider_type' | 'labels'>,
  { labels = {}, provider, tenant_ids }: Selection,
): boolean {
  return (
    exists(summary) &&
    summary.phase !== 'destroying' &&
    summary.revision > 0 &&
    (provider === undefined || summary.provider_type === provider) &&
    (tenant_ids === undefined || tenant_ids.includes(summary.tenant_id)) &&
    Object.entries(labels).every(([label, value]) => summary.labels[label] === value)
  );
}
