import { messageOf } from '../../compute/errors.ts';
import type { CallOptions, Manager } from '../../compute/manager.ts';
import { phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { observe } from './attempt.ts';

/**
 * Returns what the provider has left to do for a tenant, such as settings of the operator that changed, as warnings of a
 * plan: the inventory takes these steps, whatever the plan changes. A provider that does not respond is a warning too.
 */
export async function openStepsOf(manager: Manager, tenant: Tenant | undefined, call: CallOptions): Promise<string[]> {
  if (!tenant || !phases[tenant.phase].settled || isRunning(tenant)) return [];
  try {
    const { open_steps } = (await observe(manager, tenant, call))?.metadata ?? {};
    return open_steps ? [`${tenant.provider_type} has steps left, which may replace what runs: ${open_steps}`] : [];
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    return [`the steps that ${tenant.provider_type} has left are unknown: ${messageOf(error)}`];
  }
}
