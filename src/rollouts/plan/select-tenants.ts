import { InvalidRequestError } from '../../compute/errors.ts';
import type { IndexedSummary } from '../../tenants/model/summary.ts';
import type { Store } from '../../tenants/store/store.ts';
import type { RolloutSpec } from '../model/rollout.ts';
import { waveIssues } from '../model/waves.ts';
import { digestWith, MAX_TENANTS, tooMany } from '../reconcile/freeze.ts';
import { selectedTenants } from '../store/selected-tenants.ts';

export interface Selected {
  tenants: Pick<IndexedSummary, 'tenant_id' | 'health' | 'phase'>[];
  digest: string;
}

/**
 * Returns the tenants that a rollout selects now, and their digest. Throws `InvalidRequestError` where they are none or too
 * many, where the waves do not fit their number, or where an id that was given is no tenant.
 */
export async function selectTenants(spec: RolloutSpec, store: Store): Promise<Selected> {
  const tenants: Selected['tenants'] = [];
  let digest = '';
  for await (const { tenant_id, revision, health, phase } of selectedTenants(store, spec.select)) {
    digest = digestWith(digest, tenant_id, revision);
    tenants.push({ tenant_id, health, phase });
    if (tenants.length > MAX_TENANTS) throw refused('/select', tooMany(tenants.length));
  }
  if (tenants.length === 0)
    throw refused('/select', 'no tenant is selected; list the tenants with the same conditions');
  const issues = waveIssues(spec.waves, tenants.length);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  refuseUnknown(spec, tenants);
  return { tenants, digest };
}

/** A misspelt id must not pass as a tenant that does not match the other conditions. */
function refuseUnknown({ select }: RolloutSpec, tenants: Selected['tenants']): void {
  const { tenant_ids = [], labels, provider } = select;
  if (labels !== undefined || provider !== undefined) return;
  const found = new Set(tenants.map(({ tenant_id }) => tenant_id));
  const missing = tenant_ids.filter((id) => !found.has(id));
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).join(', ');
  throw refused('/select/tenant_ids', `${missing.length} of the tenant_ids are no tenants: ${shown}`);
}

function refused(pointer: string, message: string): InvalidRequestError {
  return new InvalidRequestError([{ pointer, message }]);
}
